"""`hotline simulate ...` as processes: exit codes, files, signals, one-line errors."""

import array
import json
import random
import signal
import stat
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from appliance.simulating import voice
from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import FAULTS
from tests.simulating.parts import WITHIN_S, Bench, Host, Line, tone, wait_until

HOTLINE = [sys.executable, "-m", "appliance", "simulate"]


def hotline(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HOTLINE, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def answered_calls(host: Host, prompt: bytes) -> Iterator[None]:
    """A box that answers, speaks, and forgets the caller."""
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            if b"+CRING" not in host.raw:
                host.read()
                continue
            host.send("ATA")
            host.route_sound()
            host.pcm.write(prompt)
            host.expect("NO CARRIER")
            host.send("AT+CPCMREG=0")
            host.raw.clear()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(WITHIN_S)


def write_wav(path: Path, data: bytes, *, rate: int = 8000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes(data)
    return path


def test_a_call_prints_one_json_line_and_writes_what_was_heard(
    bench: Bench, tmp_path: Path
) -> None:
    said = write_wav(tmp_path / "said.wav", tone(0.5, 440))
    heard = tmp_path / "heard.wav"
    prompt = tone(0.5) + bytes(3200)
    with answered_calls(bench.host, prompt):
        options = ("--hang-up-after", "0.2", "--heard", heard, "--json")
        done = hotline("call", "--control", bench.control, "--audio", said, *options)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outcome"] == "answered"
    assert report["ended_by"] == "caller"
    assert report["voice_started_at"] >= report["beep_heard_at"] > report["answered_at"]
    assert abs(report["voice_ended_at"] - report["voice_started_at"] - 0.5) < 0.3
    with wave.open(str(heard)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (8000, 1, 2)
        assert prompt in wav.readframes(wav.getnframes())


def test_progress_is_told_in_words(bench: Bench) -> None:
    with answered_calls(bench.host, b""):
        done = hotline("call", "--control", bench.control, "--hang-up-in-greeting", "0.2")
    assert done.stdout.splitlines() == ["it rings", "answered", "answered, ended by caller"]


def test_nobody_answers(bench: Bench) -> None:
    done = hotline("call", "--control", bench.control, "--ring-s", "0.1", "--json")
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (3, "unanswered")


def test_a_busy_line_is_an_error_of_one_line(bench: Bench) -> None:
    bench.line.place_call()
    bench.line.place_call()
    done = hotline("call", "--control", bench.control)
    assert (done.returncode, done.stderr) == (1, "hotline: the line is busy\n")


def test_no_modem_is_an_error_of_one_line(tmp_path: Path) -> None:
    done = hotline("call", "--control", tmp_path / "nothing")
    assert done.returncode == 1
    assert done.stderr.startswith("hotline: no software modem listens at ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"hello" * 100])
def test_an_unreadable_voice_is_an_error_of_one_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "voice.wav"
    if content is not None:
        path.write_bytes(content)
    done = hotline("call", "--control", tmp_path / "nothing", "--audio", path)
    assert done.returncode == 1
    assert str(path) in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_killed_caller_hangs_up(bench: Bench) -> None:
    caller = subprocess.Popen([*HOTLINE, "call", "--control", str(bench.control)])
    bench.host.answer()
    caller.kill()
    caller.wait()
    bench.host.expect("NO CARRIER")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_removes_links_and_socket(tmp_path: Path, number: int) -> None:
    at, pcm, control = (tmp_path / name for name in ("at", "pcm", "control"))
    words = ["modem", "--at", str(at), "--pcm", str(pcm), "--control", str(control)]
    modem = subprocess.Popen([*HOTLINE, *words], stderr=subprocess.DEVNULL)
    try:
        wait_until(control.exists, "the modem")
        assert at.is_symlink()
        assert stat.S_ISCHR(pcm.stat().st_mode)
        again = hotline(*words[:1], "--at", at, "--pcm", pcm, "--control", control)
        assert "already listens" in again.stderr
        assert hotline("call", "--control", control, "--ring-s", "0").returncode == 3
    finally:
        modem.send_signal(number)
        assert modem.wait(WITHIN_S) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_modem_after_a_killed_one_takes_its_place(tmp_path: Path) -> None:
    at, pcm, control = (tmp_path / name for name in ("at", "pcm", "control"))
    words = ["modem", "--at", str(at), "--pcm", str(pcm), "--control", str(control)]
    for killed in (True, False):
        stale = control.stat().st_ino if control.exists() else 0
        modem = subprocess.Popen([*HOTLINE, *words], stderr=subprocess.DEVNULL)
        wait_until(partial(_is_new, control, stale), "the modem")
        host = Host(at, pcm)
        assert host.send("AT") == ["AT", "OK"]
        host.close()
        modem.kill() if killed else modem.terminate()
        modem.wait(WITHIN_S)
    assert list(tmp_path.iterdir()) == []


def _is_new(path: Path, old_inode: int) -> bool:
    return path.exists() and path.stat().st_ino != old_inode


def test_a_modem_without_voice_may_be_played(tmp_path: Path) -> None:
    at, pcm, control = (tmp_path / name for name in ("at", "pcm", "control"))
    words = ["modem", "--family", "a7670", "--at", str(at), "--pcm", str(pcm)]
    words += ["--control", str(control), "--model", "A7670E-LNXY-UBL", "--analogue-over-pcm"]
    modem = subprocess.Popen([*HOTLINE, *words], stderr=subprocess.DEVNULL)
    try:
        wait_until(control.exists, "the modem")
        host = Host(at, pcm)
        assert host.send("AT+CGMM")[-2:] == ["A7670E-LNXY-UBL", "OK"]
        host.close()
    finally:
        modem.terminate()
        modem.wait(WITHIN_S)


def test_a_link_never_replaces_a_file(tmp_path: Path) -> None:
    precious = tmp_path / "at"
    precious.write_text("precious")
    done = hotline("modem", "--at", precious, "--pcm", tmp_path / "pcm")
    assert (done.returncode, done.stderr.count("hotline: ")) == (1, 1)
    assert precious.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [precious]


def test_list_names_families_and_faults() -> None:
    listed = hotline("list").stdout
    assert [name for name in [*FAMILIES, *FAULTS] if f"  {name} " not in listed] == []
    assert "list_sent" in listed


def test_unknown_faults_are_named(tmp_path: Path) -> None:
    done = hotline("modem", "--at", tmp_path / "a", "--pcm", tmp_path / "p", "--fault", "typo")
    assert done.returncode == 1
    assert "typo" in done.stderr


def test_voices_of_other_rates_and_stereo_are_converted(tmp_path: Path) -> None:
    stereo = array.array("h")
    for value in memoryview(tone(2, 1000)).cast("h"):
        stereo.extend((value, value))
    path = write_wav(tmp_path / "s.wav", stereo.tobytes(), rate=16000, channels=2)
    line = voice.read(path)
    assert abs(len(line) - 16000) <= 4  # 2 s of 2 kHz at half the rate: one second
    loudest = max(memoryview(line).cast("h")[1000:7000])
    assert 7500 < loudest < 8500


@pytest.mark.parametrize("name", ["vi", "ko"])
def test_shipped_voices_are_ready_for_the_line(name: str) -> None:
    data = voice.read(voice.find(name))
    assert 10 <= voice.duration_s(data) <= 15
    assert max(memoryview(data).cast("h")) < 20000


def test_a_file_goes_before_a_shipped_voice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert voice.find("vi") == voice.SHIPPED / "vi.wav"
    write_wav(Path("vi"), b"")
    assert voice.find("vi") == Path("vi")


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense",
        b"[]",
        b"{}",
        b'{"do": "place_call"}',
        b'{"do": "place_call", "from": "1", "audio": "*"}',
        b'{"do": "place_call", "from": "1", "keys": [[1, "x"]]}',
        b'{"do": "press_key", "key": "1", "call": [7]}',
        b'{"do": "hang_up", "call": 99}',
        b'{"do": "fault", "set": "mute"}',
        random.Random(7).randbytes(50).replace(b"\n", b""),
    ],
)
def test_a_bad_request_gets_an_error_and_the_modem_lives(bench: Bench, request_line: bytes) -> None:
    bench.line.send_raw(request_line + b"\n")
    assert bench.line.next()["ok"] is False
    other = Line(bench.control)
    assert other.ask("status")["plugged"]
    other.close()
