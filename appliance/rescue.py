"""`hotline rescue`: what root does for the modem when answer asks for it.

Decides: whether the request is obeyed: only a known modem's USB, a reboot at most once in 6 h.
May touch: run_dir/rescue, sysfs, systemctl. Thread: main, once per request.
Called by: __main__ (hotline-rescue.service, started by hotline-rescue.path).
answer stays an ordinary user; what it writes is judged here as a stranger's word.
"""

import logging
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from appliance.config import Config
from appliance.errors import HotlineError
from appliance.store import rescue

# USB vendors of voice modems: SIMCom, Quectel, Huawei (modems' USB ids, firmware_notes/)
VENDORS = frozenset({"1e0e", "2c7c", "12d1"})
OFF_S = 5.0  # a modem's capacitors hold it up for seconds; shorter is no power cut for it
REBOOT_AGAIN_S = 6 * 3600.0  # at most one reboot in 6 h (design): else a dead modem is a loop
SYSTEMCTL_S = 30.0

_LOGGER = logging.getLogger(__name__)


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, timeout=SYSTEMCTL_S, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise HotlineError(f"{command[0]} {command[1]} failed: {error}") from error


def _uptime() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Machine:
    """The machine that is rescued: its sysfs, its clocks, and how a command is run on it."""

    sysfs: Path = Path("/sys")
    run: Callable[[Sequence[str]], None] = _run
    uptime: Callable[[], float] = _uptime
    wall: Callable[[], float] = time.time
    pause: Callable[[float], None] = field(default=time.sleep)


def obey(config: Config, machine: Machine | None = None) -> str:
    """Take the request, if there is one, and do it; returns what was done.

    Raises HotlineError saying why it was not.
    """
    machine = machine or Machine()
    request = rescue.take(config.store.run_dir)
    if request is None:
        return "nothing to do: no request that could be read"
    if request.ask == rescue.USB and request.usb is not None:
        done = _reset_usb(machine, request.usb)
    else:
        done = _reboot(machine, config.store.state_dir, request.why)
    _LOGGER.warning("%s (%s)", done, request.why)
    return done


def _reset_usb(machine: Machine, place: str) -> str:
    """Take the modem's USB device away and give it back; its power too, where the hub can."""
    device = _modem_at(machine.sysfs, place)
    power = device / "port" / "disable"  # kernel 6.0 and later: sysfs-bus-usb, "portX/disable"
    if power.exists():
        _switch(machine, power, off="1", on="0")
        return f"the USB port of {place} was switched off and on"
    _switch(machine, device / "authorized", off="0", on="1")
    return f"the USB device {place} was taken away and given back"


def _modem_at(sysfs: Path, place: str) -> Path:
    device = sysfs / "bus" / "usb" / "devices" / place
    try:
        vendor = (device / "idVendor").read_text("ascii").strip().lower()
    except (OSError, UnicodeDecodeError) as error:
        raise HotlineError(f"there is no USB device {place}") from error
    if vendor not in VENDORS:
        raise HotlineError(f"the USB device {place} is no modem (vendor {vendor}): left alone")
    return device


def _switch(machine: Machine, file: Path, *, off: str, on: str) -> None:
    # the port's own path: the device's folder is gone while its power is off
    file = file.parent.resolve() / file.name
    try:
        file.write_text(off)
        try:
            machine.pause(OFF_S)
        finally:
            file.write_text(on)
    except OSError as error:
        raise HotlineError(f"cannot switch {file}: {error.strerror}") from error


def _reboot(machine: Machine, state_dir: Path, why: str) -> str:
    """Reboot, put on record first: without a record that holds there is no reboot.

    The limit is counted in the time since switching on, not by the clock on the wall, which
    jumps when the network sets it: who has been up for 6 h was not rebooted within 6 h.
    """
    if rescue.was_rebooted(state_dir) and machine.uptime() < REBOOT_AGAIN_S:
        raise HotlineError("rebooted for the modem before, and up for less than 6 h: not again")
    rescue.note_reboot(state_dir, why, machine.wall())
    machine.run(("systemctl", "reboot"))
    return "the machine was asked to reboot"
