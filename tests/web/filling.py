"""A box with a night's calls in it, made through the real store."""

import json
import math
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import config as configuration
from appliance.config import Config
from appliance.store import calls, db, live, messages, officers, settings, setup, spool, vault
from appliance.store.recording_file import FRAME_BYTES, FrameSealer

HEAD, OFFICER, TECHNICIAN = "truong-cong-an", "can-bo-1", "ky-thuat"
PASSWORD = "ba con trâu trắng"
SECOND = ("whisper", "whisper-base")
CALM = messages.Verdict("other", has_speech=True, line_quality="good")
RECOVERY = "ABCD-EFGH-JKMN-PQRS-TVWX-YZ01-2345-6789"

# What people say to such a line: three ask about papers, the rest tells of things.
NIGHT = (
    ("0912345678", "alo cho tôi hỏi làm căn cước cho cháu mười bốn tuổi thì cần mang giấy tờ gì ạ"),
    ("0987654321", "báo các anh ở bản pho có người lạ đi xe máy không biển số vào hỏi mua gỗ"),
    (
        "0365111222",
        "nhà tôi ở thôn tân tiến mất con trâu đực từ chiều tối qua nhờ anh tìm giúp",
    ),
    (None, "có đám thanh niên tụ tập đánh nhau ở gần cầu treo các anh xuống ngay với"),
    (
        "02143888999",
        "tôi muốn đăng ký tạm trú cho hai người làm thuê ở nhà tôi thì làm thế nào",
    ),
    ("0912000111", "cháu tôi đi học về bị ngã xe ở dốc đá trắng gọi mãi không ai nghe máy"),
    ("+8562055512345", "tôi gọi từ bên lào về báo là thằng em tôi bị lừa sang bên này làm việc"),
    ("0978222333", "hàng xóm mở loa to quá một giờ đêm rồi vẫn chưa tắt cả bản không ngủ được"),
    ("0333444555", "cho hỏi giấy phép lái xe bị mất thì làm lại ở đâu và mất bao lâu"),
    ("0944555666", "trên đường vào bản có đoạn bị sạt lở đá lăn xuống chắn hết cả lối đi"),
)


@dataclass
class FilledBox:
    """A box in a folder: its configuration, its key, and ways to put things into it."""

    config: Config
    private: bytes
    now: float
    pid: int = 0  # of its page's process, when that runs

    def connect(self) -> db.Connection:
        return db.connect(self.config.store.database)

    @property
    def public(self) -> bytes:
        return vault.load_public_key(self.config.store.public_key)

    def add_call(self, number: str | None, at: float, outcome: str | None, **caller: Any) -> str:
        self._count = getattr(self, "_count", 0) + 1
        call_id = f"{self._count:032x}"
        who = {"call_id": call_id, "number": number, "raw": number or "", "validity": 0, "at": at}
        conn = self.connect()
        calls.begin(conn, call_id, at)
        calls.set_caller(conn, call_id, vault.seal_json(self.public, {**who, **caller}))
        if outcome is not None:
            calls.end(conn, call_id, at + 30, outcome)
        conn.close()
        return call_id

    def add_message(
        self,
        number: str | None,
        text: str | None,
        at: float,
        *,
        pcm: bytes | None = None,
        end_reason: str = "caller_hung_up",
        verdict: messages.Verdict = CALM,
        wants_second: bool = False,
        more: dict[str, Any] | None = None,
        **caller: Any,
    ) -> str:
        """A finished message; text None: recorded, but not transcribed yet.

        more: what else its transcript holds (numbers, names, triage, preset, other words).
        """
        call_id = self.add_call(number, at, "message", **caller)
        message_id = f"{call_id}-1"
        pcm = tone(6.0) if pcm is None else pcm
        self.write_recording(message_id, pcm, end_reason)
        conn = self.connect()
        messages.begin(conn, message_id, call_id, at)
        messages.finish_recording(conn, message_id, len(pcm) // 16, end_reason)
        if text is not None:
            self.transcribe(
                *(conn, message_id, text, len(pcm) / 16000, end_reason),
                verdict=verdict,
                wants_second=wants_second,
                more=more,
            )
        conn.close()
        return message_id

    def transcribe(
        self,
        conn: db.Connection,
        message_id: str,
        text: str,
        seconds: float,
        end_reason: str,
        *,
        verdict: messages.Verdict = CALM,
        wants_second: bool = False,
        more: dict[str, Any] | None = None,
    ) -> None:
        claim = messages.claim_next(conn, now=self.now + 1e6, owner="test", lease_s=60)
        assert claim is not None
        assert claim.id == message_id
        words = words_of(text, seconds)
        sealed = vault.seal_json(self.public, {"text": text, "words": words, **(more or {})})
        messages.save_transcript(
            conn,
            message_id,
            "test",
            sealed=sealed,
            engine="vosk",
            model="vosk-model-small-vn-0.4",
            word_count=len(words),
            mean_confidence=0.8,
            end_reason=end_reason,
            duration_ms=round(seconds * 1000),
            verdict=verdict,
            wants_second=wants_second,
            now=self.now,
        )

    def hear_again(
        self,
        message_id: str,
        text: str,
        *,
        is_flagged: bool = False,
        more: dict[str, Any] | None = None,
    ) -> None:
        """The second engine's text for a message that wants one."""
        agreement = 0.1 if is_flagged else 0.8
        notes = {"agreement": agreement, "flagged": is_flagged, "dropped": 0, "cut": 0}
        value = {"text": text, "words": words_of(text, 6.0, sure=True), "second": notes}
        sealed = vault.seal_json(self.public, {**value, **(more or {})})
        with closing(self.connect()) as conn:
            messages.claim_second(conn)
            assert messages.save_second(
                conn,
                message_id,
                sealed=sealed,
                engine=SECOND[0],
                model=SECOND[1],
                is_flagged=is_flagged,
                category=None,
                urgency="normal",
                now=self.now,
            )

    def say(
        self, message_id: str, settled: str, partial: str, triage: dict[str, Any] | None = None
    ) -> None:
        """What the listener shows while somebody speaks."""
        run = self.config.store.run_dir
        live.write_partial(run, message_id, words_of(settled, 6.0), partial, triage)

    def write_recording(self, message_id: str, pcm: bytes, end_reason: str) -> bytes:
        sealer = FrameSealer(self.public)
        parts = [sealer.front({"call_id": message_id[:32]})]
        parts += [sealer.audio(pcm[i : i + FRAME_BYTES]) for i in range(0, len(pcm), FRAME_BYTES)]
        path = spool.path_of(self.config.store.spool_dir, message_id)
        path.write_bytes(b"".join([*parts, sealer.last(end_reason)]))
        return sealer.stream_key

    def write_toml(self) -> Path:
        """The configuration as a file, for the real process."""
        config, path = self.config, self.config.store.state_dir / "hotline.toml"
        said = {
            "post": {"name": config.post.name, "hotline_number": config.post.hotline_number},
            "speech": {
                "model": str(config.speech.model),
                "second_model": str(config.speech.second_model),
            },
            "store": {
                "state_dir": str(config.store.state_dir),
                "run_dir": str(config.store.run_dir),
            },
            "web": {"listen": config.web.listen},
        }
        lines = []
        for section, values in said.items():
            lines.append(f"[{section}]")
            lines += [f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in values.items()]
        path.write_text("\n".join(lines), "utf-8")
        return path

    def healthy(self, **answer: Any) -> None:
        """What answer and transcribe say when all is well."""
        run = self.config.store.run_dir
        said = {"at": self.now, "modem": "up", "state": "IDLE", "signal_dbm": -71, "troubles": []}
        live.write_status(run, "answer", {**said, **answer})
        model = "vosk-model-small-vn-0.4"
        live.write_status(
            run, "transcribe", {"at": self.now, "state": "ready", "model": model, "troubles": []}
        )

    def fill(self, sound: dict[str, bytes] | None = None) -> list[str]:
        """Put a night into the box, oldest first; the ids of its messages, newest first."""
        made = []
        for hours, (number, text) in zip(range(20, 0, -2), reversed(NIGHT), strict=True):
            pcm = (sound or {}).get(text)
            made.append(self.add_message(number, text, self.now - hours * 3600, pcm=pcm))
        self.add_call("0912345678", self.now - 2700, "missed")
        self.add_call("0977888999", self.now - 1800, "hung_up_in_greeting")
        return made[::-1]


def config_in(folder: Path, port: int = 8080) -> Config:
    """The configuration of a box whose folders lie in `folder`."""
    return configuration.parse(
        {
            "post": {"name": "Công an xã Trì Quang", "hotline_number": "02143 888 113"},
            "speech": {
                "model": str(folder / "models" / "vosk-model-small-vn-0.4"),
                "second_model": str(folder / "models" / SECOND[1]),
            },
            "store": {"state_dir": str(folder / "state"), "run_dir": str(folder / "run")},
            "web": {"listen": f"127.0.0.1:{port}"},
        }
    )


def make_box(folder: Path, now: float, *, port: int = 8080, ready: bool = True) -> FilledBox:
    """Set a box up with a head, an officer and a technician whose passwords are chosen."""
    config = config_in(folder, port)
    config.speech.model.mkdir(parents=True)
    made = setup.init(config, head_name=HEAD)
    assert made.one_time_password
    conn = db.connect(config.store.database)
    head = officers.get(conn, HEAD)
    assert head is not None
    assert head.wrapped_key is not None
    private = vault.unwrap(head.wrapped_key, made.one_time_password)
    box = FilledBox(config, private, now)
    if ready:
        for name, role in ((OFFICER, "officer"), (TECHNICIAN, "technician")):
            setup.add_officer(conn, name, role, by=HEAD, by_password=made.one_time_password)
        hashed, wrapped = vault.hash_password(PASSWORD), vault.wrap(private, PASSWORD)
        for name in (HEAD, OFFICER, TECHNICIAN):
            officers.set_password(conn, name, hashed, None if name == TECHNICIAN else wrapped, name)
        wrap = vault.wrap(private, vault.normalise_recovery_code(RECOVERY))
        settings.put(conn, "recovery_wrap", wrap.hex(), HEAD)
    conn.close()
    return box


def words_of(text: str, seconds: float, *, sure: bool = False) -> list[dict[str, Any]]:
    """Words spread over the length; every seventh is doubtful, unless all are sure."""
    words = text.split()
    step = seconds / max(1, len(words))
    return [
        {
            "word": word,
            "start": round(i * step, 2),
            "end": round((i + 0.9) * step, 2),
            "conf": 0.41 if i % 7 == 3 and not sure else 0.93,
        }
        for i, word in enumerate(words)
    ]


def tone(seconds: float) -> bytes:
    count = int(seconds * 8000)
    return struct.pack(
        f"<{count}h", *(int(8000 * math.sin(2 * math.pi * 440 * i / 8000)) for i in range(count))
    )
