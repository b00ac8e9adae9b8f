"""The real process with real Vosk: what a power cut, a broken model and a hang cost."""

import shutil
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import ModelBroken
from appliance.store import live
from appliance.transcribing import manifest, models
from tests.transcribing.post import Post, wait_for

EX_CONFIG = 78
OVER = ("transcribed", "failed")


@pytest.fixture
def box(make_post: Callable[[Path], Post], model: Path) -> Post:
    return make_post(model)


def test_the_words_are_there_while_the_caller_still_speaks(box: Post, voice: bytes) -> None:
    with box.listener() as process:
        box.wait_ready()
        recording = box.begin()
        recording.speak(voice, pace=2)
        shown = wait_for("text in RAM", lambda: live.read_partial(box.run_dir, recording.id))
        assert box.state(recording.id) == "recording"
        assert shown["partial"] or shown["words"]
        recording.close()
        wait_for("the transcript", lambda: box.state(recording.id) == "transcribed")
        assert box.stop(process) == 0
    entry, transcript = box.entry(recording.id), box.transcript(recording.id)
    words = transcript["words"]
    assert len(words) > 5
    assert entry.word_count == len(words)
    assert transcript["text"].split() == [word["word"] for word in words]
    assert all(0 <= word["start"] < word["end"] <= 12.1 for word in words)
    assert [word["start"] for word in words] == sorted(word["start"] for word in words)
    assert all(0 <= word["conf"] <= 1 for word in words)
    assert (entry.end_reason, entry.duration_ms, entry.attempts) == ("caller_hung_up", 12000, 1)
    assert (entry.engine, entry.model) == ("vosk", "vosk-model-small-ko")
    assert live.read_stream_key(box.run_dir, recording.id) is None
    assert live.read_partial(box.run_dir, recording.id) is None


def test_a_kill_in_the_middle_costs_a_restart_and_the_message_is_written_down_once(
    box: Post, voice: bytes
) -> None:
    with box.listener() as process:
        box.wait_ready()
        recording = box.begin()
        recording.speak(voice[:128000], pace=4)
        wait_for("half of it", lambda: live.read_partial(box.run_dir, recording.id))
        process.kill()
        process.wait()
    recording.close()
    with box.listener():
        wait_for("the transcript", lambda: box.state(recording.id) == "transcribed")
    assert box.entry(recording.id).attempts == 2
    assert box.entry(recording.id).duration_ms == 8000
    assert box.audited(recording.id, "transcribed") == 1


def test_a_model_that_aborts_vosk_costs_three_tries_and_never_the_message(
    make_post: Callable[[Path], Post], model: Path, tmp_path: Path, voice: bytes
) -> None:
    broken = copy_model(model, tmp_path / "broken")
    spoil(broken / "am" / "final.mdl", 2000)
    manifest.write(broken, "broken")  # as if it had been installed like this
    post = make_post(broken)
    message_id = post.record(voice[:48000])
    codes = []
    while post.state(message_id) not in OVER:
        with post.listener() as process:
            wait_for(
                "the end of it",
                lambda: process.poll() is not None or post.state(message_id) in OVER,
            )
            codes.append(process.poll())
    assert post.state(message_id) == "failed"
    assert codes == [-6, -6, -6, None]
    assert post.entry(message_id).attempts == 3
    assert post.readable(message_id).pcm == voice[:48000]


def test_such_a_model_is_not_even_installed(model: Path, tmp_path: Path) -> None:
    broken = copy_model(model, tmp_path / "broken")
    spoil(broken / "am" / "final.mdl", 2000)
    (broken / manifest.MANIFEST).unlink()
    with pytest.raises(ModelBroken, match="cannot use"):
        models.add(str(broken), tmp_path / "models", progress=lambda _: None)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_hang_ends_the_process_within_its_limit(post: Post, voice: bytes) -> None:
    message_id = post.record(voice[:16000])
    program = textwrap.dedent(f"""
        import threading
        from pathlib import Path
        from appliance import config
        from appliance.transcribing import listener

        class Hanging:
            engine = model = preset = "hanging"
            def open(self, rate_hz): return self
            def accept(self, pcm): threading.Event().wait()

        loaded = config.load(Path({str(post.config_file)!r}))
        listener.run(loaded, load=lambda _: Hanging(), hang_s=1.0)
    """)
    with post.listener(sys.executable, "-c", program) as process:
        assert process.wait(30) == 70
    assert post.entry(message_id).attempts == 1
    assert post.readable(message_id).pcm == voice[:16000]


def test_a_missing_model_is_one_line_and_exit_78(make_post: Callable[[Path], Post]) -> None:
    post = make_post(Path("/nowhere/model"))
    with post.listener() as process:
        assert process.wait(30) == EX_CONFIG
    assert "hotline model add" in post.log()
    assert "Traceback" not in post.log()
    assert post.status()["state"] == "no_model"


def test_a_damaged_model_is_refused_before_vosk_sees_it(
    make_post: Callable[[Path], Post], model: Path, tmp_path: Path
) -> None:
    damaged = copy_model(model, tmp_path / "damaged")
    spoil(damaged / "graph" / "HCLr.fst", 1)
    post = make_post(damaged)
    with post.listener() as process:
        assert process.wait(30) == EX_CONFIG
    assert "HCLr.fst" in post.log()


def test_there_is_only_one_listener(box: Post) -> None:
    with box.listener():
        box.wait_ready()
        with box.listener() as second:
            assert second.wait(30) == 1
    assert "another" in box.log()


def copy_model(model: Path, target: Path) -> Path:
    """Hard links for the large files: 250 MB are not copied."""
    for path in sorted(model.rglob("*")):
        place = target / path.relative_to(model)
        if path.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            if path.stat().st_size > 1_000_000:
                place.hardlink_to(path)
            else:
                shutil.copyfile(path, place)
    return target


def spoil(path: Path, count: int) -> None:
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + count] = b"\xff" * count  # not a number, as 32-bit floats
    path.unlink()  # the other name keeps the good bytes
    path.write_bytes(data)
