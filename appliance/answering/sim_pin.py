"""Whether a SIM may be unlocked with the PIN of the configured file, and doing so.

Decides: when a PIN may be tried: never with fewer than two tries left, never a refused one again.
May touch: the PIN file, a file in RAM, the modem through `Talks`.
Thread: the modem link's command thread. Called by: link.
Three wrong tries block a SIM, and the hotline with it.
"""

import hashlib
import re
from pathlib import Path

from appliance.answering import at_lines
from appliance.answering.families.base import Family, Refused, Talks
from appliance.errors import CommandTimeout, ModemError
from appliance.store.disk import write_whole

TRIES_MIN = 2  # the last one is left to a person
ASK_S = 10.0  # AT+CPIN? waits for the SIM itself
READY_POLL_S = 1.0
READY_TRIES = 20  # polls; a SIM takes 1 to 10 s to come up after its PIN
SIM_BUSY = 14  # 27.007 9.2.1
SIM_MISSING = 10  # same clause; in words "SIM not inserted"
_BUSY = "busy"


class SimPin:
    """The SIM's lock. `memory`, a file in RAM, keeps a refused PIN from a restarted process too."""

    def __init__(self, file: Path | None, memory: Path | None = None) -> None:
        self._file, self._memory = file, memory
        self._refused = _recall(memory)

    def unlock(self, modem: Talks, family: Family) -> None:
        """Leave the SIM ready for calls; raises ModemError saying what a person must do."""
        state = _wait_until_known(modem)
        if state == "SIM PIN":
            self._enter(modem, family)
            state = _wait_until_known(modem, leaving="SIM PIN")
        if state == "SIM PUK":
            raise ModemError("the SIM is blocked: put it into a phone and enter its PUK", "sim_puk")
        if state not in ("READY", None):
            raise ModemError(f"the SIM is not ready ({state}): try it in a phone", "sim_other")

    def _enter(self, modem: Talks, family: Family) -> None:
        tries = family.pin_tries(modem)
        if tries is not None and tries < TRIES_MIN:
            raise _too_few(str(tries))  # said first: then no file of a PIN is any use
        pin = self._read()
        mark = hashlib.sha256(pin.encode()).hexdigest()
        if mark in self._refused:
            raise self._wrong()
        if tries is None:
            raise _too_few("an unknown number of")
        self._remember({*self._refused, mark})  # before the try: no answer counts as a refusal
        try:
            modem.command(f'AT+CPIN="{pin}"', ASK_S)
        except (Refused, CommandTimeout) as error:
            if isinstance(error, Refused) and _meaning(error) == _BUSY:
                self._remember(self._refused - {mark})  # not even looked at
                raise ModemError("the SIM is busy: trying again", "sim_busy") from error
            raise self._wrong() from error
        self._remember(self._refused - {mark})

    def _remember(self, refused: set[str]) -> None:
        self._refused = refused
        if self._memory is not None:
            try:
                write_whole(self._memory, "\n".join(refused).encode(), 0o600, durable=False)
            except OSError as error:
                raise ModemError(
                    f"cannot write {self._memory.parent}: without it no PIN is tried"
                ) from error

    def _wrong(self) -> ModemError:
        text = f"the SIM refused the PIN in {self._file}: correct it, then restart"
        return ModemError(text, "sim_pin_wrong")

    def _read(self) -> str:
        if self._file is None:
            raise ModemError(
                "the SIM asks for a PIN: put it into a file and name that in [modem] sim_pin_file",
                "sim_pin",
            )
        try:
            pin = self._file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ModemError(
                f"the SIM asks for a PIN: put it into the file {self._file}", "sim_pin"
            ) from error
        if not re.fullmatch("[0-9]{4,8}", pin):
            raise ModemError(f"the SIM's PIN in {self._file} must be 4 to 8 digits", "sim_pin")
        return pin


def _too_few(tries: str) -> ModemError:
    return ModemError(
        f"the SIM has {tries} PIN tries left, so the box will not try: "
        "unlock it in a phone and switch its PIN off",
        "sim_last_try",
    )


def _recall(memory: Path | None) -> set[str]:
    try:
        return set(memory.read_text("ascii").split()) if memory is not None else set()
    except (OSError, UnicodeDecodeError):
        return set()


def _wait_until_known(modem: Talks, leaving: str = _BUSY) -> str | None:
    """State of AT+CPIN? once the SIM is awake and no longer `leaving`; None if it cannot say."""
    for _ in range(READY_TRIES):
        try:
            state = at_lines.parse_cpin(modem.command("AT+CPIN?", ASK_S))
        except Refused as error:
            state = _meaning(error)
        if state not in (_BUSY, leaving):
            return state
        modem.pause(READY_POLL_S)
    raise ModemError("the SIM does not become ready: take it out and put it in again", "sim_stuck")


def _meaning(error: Refused) -> str | None:
    text = error.final.text.lower()
    if error.final.code == SIM_MISSING or "not inserted" in text:
        raise ModemError("no SIM in the modem: insert it, contacts down", "sim_missing") from error
    return _BUSY if error.final.code == SIM_BUSY or "busy" in text else None
