"""A modem that keeps to 3GPP TS 27.007 and has nothing else; analogue sound.

Decides: nothing beyond the standard. May touch: the Line. Thread: the modem's. Called by: modem.
"""

from appliance.simulating.families.dialect import Dialect


class Generic(Dialect):
    """What is left when every maker's own command is taken away."""

    name = "generic"
    meaning = "3GPP TS 27.007 and nothing else: analogue sound, no line tells of keys"
    maker = "Nobody"
    model = "GENERIC-LTE"
    revision = "1.0"
    imei = "868822000000000"
    is_analogue = True
