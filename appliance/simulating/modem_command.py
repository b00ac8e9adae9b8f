"""`hotline simulate modem`: the software modem as a process.

Decides: nothing. May touch: signals, the ports and socket named on the command line.
Thread: main. Called by: cli. Ctrl-C or SIGTERM ends it, and its links and socket are gone.
"""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import click

from appliance.errors import HotlineError
from appliance.simulating.control import ControlSocket
from appliance.simulating.families import FAMILIES
from appliance.simulating.modem import SoftModem

PATH = click.Path(path_type=Path)


class NoPorts(HotlineError):
    """The ports cannot be made."""


@contextlib.contextmanager
def stopped_by_signals(modem: SoftModem) -> Iterator[None]:
    """SIGTERM and Ctrl-C end the modem's loop instead of the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: modem.stop())
    signal.set_wakeup_fd(modem.loop.wakeup_fd, warn_on_full_buffer=False)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave links behind
        signal.set_wakeup_fd(-1)


@click.command("modem")
@click.option("--family", type=click.Choice(list(FAMILIES)), default="sim7600", show_default=True)
@click.option("--at", type=PATH, required=True, help="Link to make for the AT port.")
@click.option("--pcm", type=PATH, required=True, help="Link to make for the sound port.")
@click.option("--control", type=PATH, help="Socket to make for `hotline simulate call`.")
@click.option("--fault", "faults", multiple=True, help="See `hotline simulate list`.")
@click.option("--model", default="", help="What AT+CGMM says, such as SIM800L or SIM7670G.")
@click.option(
    "--analogue-over-pcm",
    is_flag=True,
    help="a7670, generic: carry the analogue sound over the sound port, which stands for a cable.",
)
def modem(
    family: str,
    at: Path,
    pcm: Path,
    control: Path | None,
    faults: tuple[str, ...],
    model: str,
    analogue_over_pcm: bool,
) -> None:
    """Be a modem on two pseudo-terminals until Ctrl-C.

    The sound of a7670 and generic is analogue: without --analogue-over-pcm it goes nowhere, and a
    box needs a virtual sound card to hear it.
    """
    box = SoftModem(family, at, pcm, faults, model=model, analogue_over_pcm=analogue_over_pcm)
    try:
        with contextlib.closing(box), stopped_by_signals(box):
            box.start()  # the ports first: who sees the socket may open them
            if control:
                with contextlib.closing(ControlSocket(box, control)):
                    box.run()
            else:
                box.run()
    except OSError as error:
        raise NoPorts(f"cannot make the ports: {error}") from error
