"""Climbs the ladder: restarts the modem itself, asks root for what only root may do.

Decides: nothing (ladder does). May touch: run_dir/rescue, sysfs (reads), the modem through `Port`.
Thread: the modem link's command thread. Called by: link.
A ladder that cannot be written down is climbed all the same: the phone matters more.
"""

import dataclasses
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from appliance.answering import ladder
from appliance.answering.families.base import Port, tolerated
from appliance.answering.ladder import Memory, Rung
from appliance.config import StoreConfig
from appliance.errors import ModemLost, StoreError
from appliance.store import rescue

REFUSED_PINS = "refused_pins"
RESTART_S = 3.0  # AT+CFUN=1,1 says OK at once or never

_LOGGER = logging.getLogger(__name__)
_ASKED = {Rung.USB: rescue.USB, Rung.REBOOT: rescue.REBOOT}


class Climber:
    """Remembers what was tried. Without a store nothing is asked of root."""

    def __init__(
        self,
        store: StoreConfig | None = None,
        clock: Callable[[], float] = time.monotonic,
        sysfs: Path = Path("/sys"),
    ) -> None:
        self._store, self._clock, self._sysfs = store, clock, sysfs
        self._top = Rung.RESTART if store is None else Rung.REBOOT
        self._memory = Memory() if store is None else _load(store, clock())

    @property
    def memory(self) -> Memory:
        """What was tried so far."""
        return self._memory

    @property
    def refused_pins(self) -> Path | None:
        """Where a refused PIN is remembered over a restart of this process: in RAM."""
        return None if self._store is None else self._store.run_dir / rescue.FOLDER / REFUSED_PINS

    def came_up(self, port: str) -> None:
        """The modem on that port works."""
        self._keep(ladder.up(self._memory, usb_path_of(port, self._sysfs), self._clock()))

    def fell(self, code: str) -> tuple[str, Rung]:
        """The modem was lost or could not be opened: what to call it, and the rung to take now.

        A rung of root's is asked for here; RESTART is the caller's to do.
        """
        now = self._clock()
        trouble = ladder.name_trouble(code, self._memory)
        memory = ladder.down(self._memory, now)
        if code == "modem_restarted":
            memory = ladder.took(memory, Rung.RESTART, now)
        rung = ladder.next_rung(trouble, memory, now, self._top)
        self._keep(ladder.took(memory, rung, now))
        if rung is not Rung.REOPEN:
            _LOGGER.warning("modem %s: %s", trouble, rung.name.lower())
        if self._store is not None and rung in _ASKED:
            self._ask(self._store, rescue.Request(_ASKED[rung], trouble, memory.usb_path))
        return trouble, rung

    def _ask(self, store: StoreConfig, request: rescue.Request) -> None:
        try:
            rescue.ask(store.run_dir, request)
        except StoreError as error:
            _LOGGER.warning("root cannot be asked for the modem: %s", error)

    def _keep(self, memory: Memory) -> None:
        changed, self._memory = memory != self._memory, memory
        if self._store is None or not changed:
            return
        try:
            rescue.save_memory(self._store.run_dir, dataclasses.asdict(memory))
        except StoreError as error:
            _LOGGER.warning("what was tried for the modem is not kept: %s", error)


def restart(port: Port, vanish_s: float) -> None:
    """AT+CFUN=1,1 (27.007 8.2), and wait until the modem leaves the bus."""
    with suppress(ModemLost):  # that is what was asked for
        tolerated(port, "AT+CFUN=1,1", RESTART_S)
        port.pause(vanish_s)


def usb_path_of(port: str, sysfs: Path = Path("/sys")) -> str | None:
    """The place of a tty's USB device, as "1-1.2"; None for a tty that is not on USB."""
    try:
        device = sysfs / "class" / "tty" / Path(port).resolve().name / "device"
        parts = device.resolve().parts
    except OSError:  # unplugged in this very moment: resolve() races with the kernel
        return None
    for part in reversed(parts):
        if re.fullmatch(rescue.USB_PATH, part):
            return part
    return None


def _load(store: StoreConfig, now: float) -> Memory:
    """What an earlier process of this boot tried; times that lie ahead are none of this boot."""
    kept = rescue.load_memory(store.run_dir)
    memory = Memory(rebooted_before=rescue.was_rebooted(store.state_dir))
    times = ("up_at", "down_since", "restarted_at", "usb_at", "reboot_at")
    known: dict[str, object] = {
        name: float(kept[name])
        for name in times
        if isinstance(kept.get(name), int | float) and 0 <= kept[name] <= now
    }
    if isinstance(kept.get("failures"), int):
        known["failures"] = kept["failures"]
    usb = kept.get("usb_path")
    if isinstance(usb, str) and rescue.USB_PATH.fullmatch(usb):
        known["usb_path"] = usb
    known["was_up"] = kept.get("was_up") is True
    return dataclasses.replace(memory, **known)  # type: ignore[arg-type]
