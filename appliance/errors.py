"""The whole error tree, on one screen.

Decides: the names of what can go wrong, and the exit code each leaves behind.
May touch: nothing. Thread: any. Called by: every room.
Every message is one line for the person who can fix it: what is wrong, and what to do.
"""

EX_CONFIG = 78  # sysexits.h EX_CONFIG: systemd must not restart us in a loop over a typo
EX_FAILURE = 1


class HotlineError(Exception):
    """A surprise from the world; its text says what to do about it."""

    exit_code = EX_FAILURE


class ConfigError(HotlineError):
    """The configuration is wrong: names the key, its value and what is allowed."""

    exit_code = EX_CONFIG


class ModemError(HotlineError):
    """The modem or its SIM does not do what a call needs; `code` is its name on the page."""

    code = "modem_other"

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code or self.code


class ModemNotFound(ModemError):
    """No modem at the configured place."""

    code = "port_missing"


class ModemLost(ModemError):
    """The modem was there and went away."""

    code = "modem_gone"


class CommandTimeout(ModemError):
    """No final result code came in time."""

    code = "modem_silent"


class CommandRefused(ModemError):
    """The modem answered a command with an error."""

    code = "modem_broken"


class AudioError(HotlineError):
    """The sound of the call cannot be heard or played."""


class StoreError(HotlineError):
    """The disk or the database does not do what it must."""


class NotFound(StoreError):
    """Nothing is stored under that name."""


class OutsideSpool(StoreError):
    """A recording id that would leave the spool folder."""


class DiskFull(StoreError):
    """No room for what must be written."""


class SchemaTooNew(StoreError):
    """The database was written by a newer release."""


class Locked(StoreError):
    """Another process holds the database, or nobody has unlocked the key."""


class WrongSecret(StoreError):
    """A password or recovery code that does not open the key."""


class Damaged(StoreError):
    """Stored bytes that do not authenticate: wrong key, or changed on disk."""


class TranscribeError(HotlineError):
    """Speech could not be turned into text."""


class ModelMissing(TranscribeError):
    """No speech model where the configuration says."""

    exit_code = EX_CONFIG


class ModelBroken(TranscribeError):
    """The speech model's files are not the ones that were installed."""

    exit_code = EX_CONFIG


class UnreadableAudio(TranscribeError):
    """The recording cannot be decoded."""


class Bug(Exception):
    """Our own mistake: never caught, systemd restarts us."""
