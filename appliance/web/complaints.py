"""The red bar: what the box complains of, in the officer's language.

Decides: the sentence of each complaint. May touch: what store/health.py reads.
Thread: any. Called by: queue, status.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from appliance.store.health import MILD, Health, look
from appliance.web import line_words
from appliance.web.desk import desk

COMPLAINTS: dict[str, LazyString] = {
    "answer_silent": lazy_gettext(
        "Phần trả lời điện thoại không chạy: cuộc gọi KHÔNG được trả lời."
    ),
    "modem_down": lazy_gettext("Modem không hoạt động: cuộc gọi KHÔNG được trả lời."),
    "transcribe_silent": lazy_gettext(
        "Phần chép lời không chạy: tin nhắn vẫn được ghi âm, hãy nghe trực tiếp."
    ),
    "model_missing": lazy_gettext(
        "Mô hình tiếng nói thiếu hoặc hỏng: tin nhắn vẫn được ghi âm, hãy nghe trực tiếp."
    ),
    "not_vietnamese": lazy_gettext(
        "Máy đang dùng mô hình tiếng nói KHÔNG PHẢI tiếng Việt: lời chép chỉ để thử máy."
    ),
    "disk_low": lazy_gettext("Đĩa sắp đầy: hãy báo kỹ thuật viên."),
    "disk_full": lazy_gettext("Đĩa đã đầy: tin nhắn mới có thể không ghi được."),
    "audit_broken": lazy_gettext("Nhật ký truy cập đã bị sửa: hãy báo lãnh đạo ngay."),
    "uplink_dead": lazy_gettext("Người gọi có thể không nghe thấy tiếng của máy."),
    "uplink_on_card": lazy_gettext(
        "Cổng âm thanh của modem không nhận tiếng của máy: cuộc gọi đi qua thiết bị âm thanh rời."
    ),
    "voice_path": lazy_gettext("Cuộc gọi gần nhất không có tiếng: tin nhắn có thể bị mất."),
    "sound_lost": lazy_gettext("Tiếng của cuộc gọi gần nhất bị đứt giữa chừng."),
    "cannot_record": lazy_gettext("Không ghi âm được: hãy báo kỹ thuật viên ngay."),
    "line_stuck": lazy_gettext("Đường dây bị kẹt: máy đang tự khởi động lại modem."),
    **line_words.COMPLAINTS,
    "behind": lazy_gettext("Máy chép lời không theo kịp: lời chép đến chậm, không mất gì."),
    "keywords_broken": lazy_gettext(
        "Danh sách từ báo khẩn cấp bị hỏng: máy đang dùng danh sách gốc. Hãy xem trang Từ ngữ."
    ),
    "names_broken": lazy_gettext(
        "Danh sách tên riêng bị hỏng: máy không đề nghị tên nào. Hãy xem trang Từ ngữ."
    ),
    "second_model_broken": lazy_gettext(
        "Mô hình nghe lần hai thiếu hoặc hỏng: tin nhắn chỉ được nghe một lần."
    ),
}
OTHER = lazy_gettext("Máy báo trục trặc: %(code)s")


@dataclass(frozen=True)
class Complaint:
    """One line of the bar on top of every page."""

    code: str

    @property
    def sentence(self) -> str:
        """What is wrong, in the officer's language."""
        text = COMPLAINTS.get(self.code)
        return str(text) if text else str(OTHER) % {"code": self.code}

    @property
    def mild(self) -> bool:
        """Whether calls are still answered and kept in spite of it."""
        return self.code in MILD


def health_now() -> Health:
    """The state of this desk's box; cheap, for every poll."""
    return look(desk().config, desk().now())


def complaints() -> list[Complaint]:
    """The lines of the bar, the gravest first."""
    return [Complaint(code) for code in health_now().complaints]
