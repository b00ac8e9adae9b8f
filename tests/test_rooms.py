"""The plan of the house, held against the code: who may import whom, and what stays outside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "appliance"
ROOMS = ("answering", "transcribing", "web", "keeping")
SHARED = {"config", "errors", "notify", "vietnamese", "tones"}
FILES = sorted(HOUSE.rglob("*.py"))


def card_of(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


PURE = [path for path in FILES if "(PURE)" in card_of(path)]


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    inside = path.relative_to(HOUSE).parts
    return inside[0] if len(inside) > 1 else inside[0].removesuffix(".py")


def rooms_imported(path: Path) -> set[str]:
    names = (name.split(".") for name in imports_of(path))
    return {parts[1] for parts in names if parts[0] == "appliance" and len(parts) > 1}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_a_room_imports_only_downwards(path: Path) -> None:
    room = room_of(path)
    others = {name for name in rooms_imported(path) if name != room and name != "__version__"}
    if room in ROOMS:
        assert others <= SHARED | {"store"} | ({"children"} if room == "transcribing" else set())
    elif room == "store":
        assert others <= SHARED
    elif room == "simulating":
        assert others <= {"errors", "children"}
    elif room in SHARED or room == "children":
        assert others <= {"errors"}


@pytest.mark.parametrize(
    ("module", "places"),
    [
        ("sqlite3", {"store"}),
        ("vosk", {"transcribing/engine.py"}),
        ("faster_whisper", {"transcribing/whisper.py"}),
        ("sounddevice", {"answering/sound_card.py"}),
        # pdu.py: its coder of text messages, which needs no modem
        ("gsmmodem", {"answering/modem.py", "answering/families", "answering/pdu.py"}),
        ("serial", {"answering/modem.py", "answering/pcm_port.py", "answering/families"}),
        ("flask", {"web"}),
        ("nacl", {"store"}),
    ],
)
def test_a_library_lives_in_one_place(module: str, places: set[str]) -> None:
    for path in FILES:
        inside = str(path.relative_to(HOUSE))
        if any(name.split(".")[0] == module for name in imports_of(path)):
            assert inside.startswith(tuple(places)), f"{inside} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_print_no_asyncio_no_swallowed_exception(path: Path) -> None:
    assert not any(name.split(".")[0] == "asyncio" for name in imports_of(path))
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path}:{node.lineno}"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"{path}:{node.lineno}: bare except"
            assert not all(isinstance(x, ast.Pass) for x in node.body), f"{path}:{node.lineno}"


def test_broad_excepts_stand_at_the_top_of_a_step_and_where_the_engine_is_loaded_only() -> None:
    places = {
        str(path.relative_to(HOUSE))
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and isinstance(node.type, ast.Name)
        and node.type.id in ("Exception", "BaseException")
    }
    own = {"answering/daemon.py", "transcribing/worker.py"}
    assert places <= {*own, "transcribing/listener.py"}  # Vosk raises nothing but Exception


@pytest.mark.parametrize("path", PURE, ids=lambda p: p.name)
def test_a_pure_room_touches_nothing(path: Path) -> None:
    forbidden = {"time", "os", "socket", "threading", "subprocess", "pathlib", "random", "serial"}
    assert not {name.split(".")[0] for name in imports_of(path)} & forbidden


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HOUSE)))
def test_each_module_opens_with_its_room_card(path: Path) -> None:
    card = card_of(path)
    if path.name == "__init__.py":
        assert card
        return
    for word in ("Decides:", "May touch:", "Thread:", "Called by:"):
        assert word in card, f"{path} says nothing about «{word}»"
