"""The command that brings a call's sound to the PCM port, whatever its name.

Decides: whether it is refused. May touch: nothing. Thread: the modem's.
Called by: the families with sound on a serial port.
"""

from appliance.simulating.faults import Faults

REFUSALS = 5  # with the fault "cpcmreg-error", in each call


class Route:
    """Whether the sound goes to the PCM port."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._refusals_left = REFUSALS
        self.on = False

    def new_call(self) -> None:
        """A call was answered: the refusals begin anew."""
        self._refusals_left = REFUSALS

    def refuses(self) -> bool:
        """Whether the command ends in ERROR although the time is right."""
        if "cpcmreg-never" in self._faults:
            return True
        if "cpcmreg-error" not in self._faults or not self._refusals_left:
            return False
        self._refusals_left -= 1
        return True
