"""What the box complains of, and the state of its parts, for the bar and the status page.

Decides: when a part counts as silent, which model is not Vietnamese.
May touch: run_dir/status, the disk's free space, the audit chain.
Thread: any. Called by: queue (the red bar), status, api.
"""

import re
import shutil
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from appliance.store import audit, db, live
from appliance.web.desk import Desk

SILENT_AFTER_S = 45.0  # the parts write at least every 10 s; three misses and a loaded machine
DISK_LOW = 0.10  # of the disk; at 5 % the oldest listened recordings would have to go
VERIFY_EVERY_S = 60.0  # 0.12 s per 100,000 rows here, more on a Pi: not for each look
NOT_LOADED = ("starting", "loading", "failed", "no_model", "stopped")

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
    "voice_path": lazy_gettext("Cuộc gọi gần nhất không có tiếng: tin nhắn có thể bị mất."),
    "sound_lost": lazy_gettext("Tiếng của cuộc gọi gần nhất bị đứt giữa chừng."),
    "cannot_record": lazy_gettext("Không ghi âm được: hãy báo kỹ thuật viên ngay."),
    "line_stuck": lazy_gettext("Đường dây bị kẹt: máy đang tự khởi động lại modem."),
    "not_registered": lazy_gettext("SIM chưa vào mạng: cuộc gọi không đến được máy."),
    "no_signal": lazy_gettext("Sóng quá yếu: cuộc gọi có thể không đến được máy."),
}
OTHER = lazy_gettext("Máy báo trục trặc: %(code)s")
MILD = ("not_vietnamese", "disk_low")  # shown, but the line works


@dataclass(frozen=True)
class Complaint:
    """One line of the bar on top of every page."""

    code: str
    about: str = ""

    @property
    def sentence(self) -> str:
        """What is wrong, in the officer's language."""
        text = COMPLAINTS.get(self.code)
        return str(text) if text else str(OTHER) % {"code": self.code}

    @property
    def mild(self) -> bool:
        """Whether calls are still answered and kept in spite of it."""
        return self.code in MILD


@dataclass(frozen=True)
class Health:
    """The state of the box at one moment; epoch seconds, bytes, dBm."""

    answer: dict[str, Any]
    transcribe: dict[str, Any]
    answer_alive: bool
    transcribe_alive: bool
    model: str
    disk_free: int
    disk_total: int
    complaints: tuple[Complaint, ...] = ()

    @property
    def modem_up(self) -> bool:
        """Whether a call would be answered now."""
        return self.answer_alive and self.answer.get("modem") == "up"

    @property
    def transcriber_up(self) -> bool:
        """Whether speech is being turned into text, the model being loaded."""
        return self.transcribe_alive and self.transcribe.get("state", "ready") not in NOT_LOADED


@dataclass
class AuditCheck:
    """The last verification of the audit chain, done again after a minute."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    at: float = -VERIFY_EVERY_S
    verdict: audit.Verdict | None = None

    def verdict_now(self, conn: db.Connection) -> audit.Verdict:
        """The verdict, at most a minute old."""
        with self.lock:
            if self.verdict is None or time.monotonic() - self.at >= VERIFY_EVERY_S:
                self.verdict, self.at = audit.verify(conn), time.monotonic()
            return self.verdict


def look(desk: Desk) -> Health:
    """Read what the other processes say of themselves; cheap, for every poll."""
    run_dir, now = desk.config.store.run_dir, desk.now()
    answer = live.read_status(run_dir, "answer") or {}
    transcribe = live.read_status(run_dir, "transcribe") or {}
    model = str(transcribe.get("model") or desk.config.speech.model.name)
    usage = shutil.disk_usage(desk.config.store.state_dir)
    health = Health(
        answer,
        transcribe,
        _is_fresh(answer, now),
        _is_fresh(transcribe, now),
        model,
        usage.free,
        usage.total,
    )
    return replace(health, complaints=tuple(_complaints(health, desk)))


def is_vietnamese(model: str) -> bool:
    """Whether a model's name says Vietnamese: "vn" or "vi" as a part of its own."""
    return bool({"vn", "vi", "vie", "vietnamese"} & set(re.split(r"[^a-z]+", model.lower())))


def _is_fresh(state: dict[str, Any], now: float) -> bool:
    at = state.get("at")
    return isinstance(at, int | float) and abs(now - at) < SILENT_AFTER_S


def _complaints(health: Health, desk: Desk) -> list[Complaint]:
    found: list[str] = []
    if not health.answer_alive:
        found.append("answer_silent")
    elif not health.modem_up:
        found.append("modem_down")
    if not desk.config.speech.model.is_dir() or health.transcribe.get("state") == "no_model":
        found.append("model_missing")
    elif not health.transcribe_alive:
        found.append("transcribe_silent")
    elif not is_vietnamese(health.model):
        found.append("not_vietnamese")
    if health.disk_total and health.disk_free / health.disk_total < DISK_LOW:
        found.append("disk_low")
    for state, alive in ((health.answer, health.answer_alive), (health.transcribe, True)):
        troubles = state.get("troubles", ()) if alive else ()
        found += [str(code)[:60] for code in troubles if str(code) not in found]
    return [Complaint(code) for code in found]
