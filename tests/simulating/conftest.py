"""Software modems on real ptys, each served by a thread of the test."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.simulating import modem as modem_module
from appliance.simulating.control import ControlSocket
from appliance.simulating.modem import SoftModem
from tests.simulating.parts import WITHIN_S, Bench, Host, Line, MakeBench


@contextlib.contextmanager
def served(folder: Path, family: str, *faults: str, wired: bool) -> Iterator[SoftModem]:
    modem = SoftModem(family, folder / "at", folder / "pcm", faults, analogue_over_pcm=wired)
    with contextlib.closing(modem):
        modem.start()
        with contextlib.closing(ControlSocket(modem, folder / "control")):
            thread = threading.Thread(target=modem.run)
            thread.start()
            try:
                yield modem
            finally:
                modem.stop()
                thread.join(WITHIN_S)
                assert not thread.is_alive()


@pytest.fixture
def quick_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modem_module, "RING_EVERY_S", 0.3)


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[MakeBench]:
    with contextlib.ExitStack() as parts:
        made: list[Bench] = []

        def make(
            *faults: str, initialised: bool = True, family: str = "sim7600", wired: bool = False
        ) -> Bench:
            folder = tmp_path / str(len(made))
            folder.mkdir()
            modem = parts.enter_context(served(folder, family, *faults, wired=wired))
            host = parts.enter_context(contextlib.closing(Host(folder / "at", folder / "pcm")))
            line = parts.enter_context(contextlib.closing(Line(folder / "control")))
            made.append(Bench(modem, folder, host, line))
            if initialised:
                host.initialise(family)
            return made[-1]

        yield make


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    return make_bench()
