"""How hard to shake a modem that does not work: reopen, restart it, cut its USB, reboot (PURE).

Decides: the next rung, from what is wrong, what was tried and the time. May touch: nothing.
Thread: the modem link's command thread. Called by: rescuing.
Times are seconds since this machine was switched on (CLOCK_MONOTONIC): the clock on the wall may
jump, and a restart of this process must not begin the ladder anew.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

RESTART_AGAIN_S = 120.0  # AT+CFUN=1,1 takes a modem off the bus for 15 to 20 s: not in a row
HELD_S = 60.0  # lost sooner after it came up, coming up was a failure too
USB_AFTER_RESTART_S = 20.0  # a SIM7600 is back 15 to 20 s after AT+CFUN=1,1 (to be confirmed)
USB_AFTER_GONE_S = 45.0  # one that left the bus by itself, or by AT+CFUN=1,1, is given longer
USB_AGAIN_S = 600.0  # it did not help ten minutes ago; meanwhile the modem may need a person
REBOOT_AFTER_USB_S = 120.0  # the modem starts (20 s) and registers; then the reset has failed
REBOOT_AFTER_S = 600.0  # ten minutes without a phone are worse than a reboot of one minute
REBOOT_NEVER_UP_S = 3600.0  # no modem since the start: perhaps a technician is at work here
REBOOT_AGAIN_S = 6 * 3600.0  # the plan of the house: at most once in 6 h


class Rung(IntEnum):
    """What is done about the modem, the gentlest first."""

    REOPEN = 0
    RESTART = 1
    USB = 2
    REBOOT = 3


# What is not named here a machine cannot mend: a PIN, a permission, another program.
HIGHEST = {
    "modem_silent": Rung.REBOOT,
    "modem_broken": Rung.REBOOT,
    "modem_gone": Rung.REBOOT,
    "port_missing": Rung.REBOOT,
    "sim_stuck": Rung.USB,
    "sim_missing": Rung.RESTART,  # some modems lose their SIM in a brown-out
}
NO_PORT = frozenset({"modem_gone", "port_missing"})  # nothing there to send a command to


@dataclass(frozen=True)
class Memory:
    """What was tried; seconds since the machine was switched on, None: never.

    failures: how often opening failed since down_since. usb_path: where the modem last was.
    rebooted_before: a reboot for the modem's sake is on record, from whenever.
    """

    was_up: bool = False
    up_at: float | None = None
    down_since: float | None = None
    failures: int = 0
    restarted_at: float | None = None
    usb_at: float | None = None
    reboot_at: float | None = None
    usb_path: str | None = None
    rebooted_before: bool = False


def up(memory: Memory, usb_path: str | None, now: float) -> Memory:
    """The modem works; what was tried before stays known, so that it is not tried too often."""
    # no place is also what is read while it is just being unplugged
    place = usb_path or memory.usb_path
    return replace(memory, was_up=True, up_at=now, down_since=None, failures=0, usb_path=place)


def down(memory: Memory, now: float) -> Memory:
    """The modem was lost, or opening it failed once more."""
    if memory.down_since is None:
        held = memory.was_up and _since(memory.up_at, now) >= HELD_S
        return replace(memory, down_since=now, failures=0 if held else 1)
    return replace(memory, failures=memory.failures + 1)


def took(memory: Memory, rung: Rung, now: float) -> Memory:
    """That rung was tried at `now`."""
    if rung is Rung.RESTART:
        return replace(memory, restarted_at=now)
    if rung is Rung.USB:
        return replace(memory, usb_at=now)
    return replace(memory, reboot_at=now) if rung is Rung.REBOOT else memory


def name_trouble(code: str, memory: Memory) -> str:
    """A port that has been a modem is no wrong port: its modem is silent."""
    return "modem_silent" if code == "port_wrong" and memory.was_up else code


def next_rung(trouble: str, memory: Memory, now: float, top: Rung = Rung.REBOOT) -> Rung:
    """The rung to take now, at most `top`; REOPEN is always taken besides, every few seconds."""
    highest = min(HIGHEST.get(trouble, Rung.REOPEN), top)
    if highest >= Rung.REBOOT and _reboot_due(memory, now):
        return Rung.REBOOT
    if highest >= Rung.USB and _usb_due(trouble, memory, now):
        return Rung.USB
    if highest >= Rung.RESTART and trouble not in NO_PORT and _restart_due(memory, now):
        return Rung.RESTART
    return Rung.REOPEN


def _restart_due(memory: Memory, now: float) -> bool:
    return memory.failures > 0 and _since(memory.restarted_at, now) >= RESTART_AGAIN_S


def _usb_due(trouble: str, memory: Memory, now: float) -> bool:
    if memory.usb_path is None or _since(memory.usb_at, now) < USB_AGAIN_S:
        return False
    restarted_s, down_s = _since(memory.restarted_at, now), _down_s(memory, now)
    if trouble in NO_PORT:
        return min(restarted_s, down_s) >= USB_AFTER_GONE_S
    return USB_AFTER_RESTART_S <= restarted_s < float("inf")  # the gentler rung comes first


def _reboot_due(memory: Memory, now: float) -> bool:
    if memory.rebooted_before and now < REBOOT_AGAIN_S:
        return False  # it may have been the very start of this machine
    if _since(memory.reboot_at, now) < REBOOT_AGAIN_S:
        return False
    if memory.usb_path is not None and not (
        REBOOT_AFTER_USB_S <= _since(memory.usb_at, now) < float("inf")
    ):
        return False
    patience_s = REBOOT_AFTER_S if memory.was_up else REBOOT_NEVER_UP_S
    return _down_s(memory, now) >= patience_s


def _down_s(memory: Memory, now: float) -> float:
    return 0.0 if memory.down_since is None else now - memory.down_since


def _since(at: float | None, now: float) -> float:
    return float("inf") if at is None else now - at
