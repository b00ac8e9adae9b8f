import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.boxes import Box, box_in, hotline, write_wav
from tests.sound.hearing import tone

VOICES = Path(__file__).parents[2] / "appliance" / "simulating" / "voices"


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real speech model, installed as a technician would."""
    source = os.environ.get("HOTLINE_TEST_MODEL")
    if not source:
        pytest.skip("HOTLINE_TEST_MODEL names no model folder; ./install.sh test sets it")
    into = tmp_path_factory.mktemp("models")
    done = hotline("model", "add", source, "--name", "vosk-model-small-ko", "--into", str(into))
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def greeting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A greeting of 1.5 s that nothing else sounds like, so that tests need not wait 20 s."""
    pcm = tone(440, 0.5) + tone(554, 0.5) + tone(659, 0.5)
    return write_wav(tmp_path_factory.mktemp("greeting") / "short.wav", pcm)


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """A short path in RAM: run_dir holds keys, and AF_UNIX addresses are short (108 bytes)."""
    folder = Path(tempfile.mkdtemp(prefix="hl-", dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def box(tmp_path: Path, run_folder: Path, greeting: Path) -> Iterator[Box]:
    """A box with a short greeting and short limits; nothing runs yet, no speech model."""
    with box_in(
        tmp_path / "box",
        run_folder,
        call={"greeting": str(greeting), "silence_s": 3.0, "max_message_s": 20.0},
        speech={"model": str(tmp_path / "no-model")},
    ) as made:
        yield made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB that a test can fill."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    place = tmp_path / "small"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)
