"""The audit rows of one message or one list in words.

Decides: how a deed reads. May touch: nothing. Thread: any. Called by: message, speech.
A deed this release does not know is shown by its name: nothing is hidden.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext

from appliance.store.audit import AuditRow
from appliance.web.wording import STATUSES

DEEDS = {
    "received": lazy_gettext("đã ghi âm tin nhắn"),
    "sms_received": lazy_gettext("đã nhận tin nhắn chữ"),
    "judged": lazy_gettext("đã xếp loại tin nhắn chữ"),
    "recovered": lazy_gettext("đã cứu bản ghi sau khi máy dừng đột ngột"),
    "read": lazy_gettext("đã mở đọc"),
    "listened": lazy_gettext("đã nghe"),
    "note": lazy_gettext("đã thêm ghi chú"),
    "retry": lazy_gettext("đã yêu cầu chép lời lại"),
    "transcribed": lazy_gettext("đã chép lời"),
    "waiting_for_key": lazy_gettext("chờ mở khoá để chép lời"),
    "failed": lazy_gettext("không chép lời được"),
    "exported": lazy_gettext("đã xuất ra tệp"),
    "corrected": lazy_gettext("đã sửa lời chép"),
    "urgent": lazy_gettext("đã báo khẩn cấp khi người gọi đang nói"),
    "heard_again": lazy_gettext("đã nghe lại bằng máy thứ hai"),
    "second_failed": lazy_gettext("không nghe lại được bằng máy thứ hai"),
    "second_wanted": lazy_gettext("đã yêu cầu nghe lại bằng máy thứ hai"),
}
LISTS = {
    "keywords": lazy_gettext("từ báo loại việc và mức khẩn"),
    "names": lazy_gettext("tên riêng của địa phương"),
}
ACTORS = {
    "answer": lazy_gettext("Máy trả lời"),
    "transcribe": lazy_gettext("Máy chép lời"),
    "set-up": lazy_gettext("Cài đặt"),
}


@dataclass(frozen=True)
class Deed:
    """One line of the history; at: epoch seconds."""

    at: float
    who: str
    what: str


def in_words(rows: Iterable[AuditRow]) -> list[Deed]:
    """What was done, in the order of the rows."""
    return [Deed(row.at, str(ACTORS.get(row.actor, row.actor)), _deed(row)) for row in rows]


def _deed(row: AuditRow) -> str:
    if row.action == "status":
        wanted = str(row.detail.get("to", ""))
        return gettext("đã chuyển thành “%(status)s”", status=str(STATUSES.get(wanted, wanted)))
    if row.action == "setting_changed" and row.subject in LISTS:
        return gettext("đã đổi danh sách “%(name)s”", name=str(LISTS[row.subject]))
    return str(DEEDS.get(row.action, row.action))
