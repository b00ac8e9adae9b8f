"""How long the modem link waits, and for what.

Decides: the seconds, each with its reason. May touch: nothing (PURE).
Thread: any; frozen. Called by: link, and tests that cannot wait so long.
Measured or read where the note says so; a value that is neither is a judgement.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timings:
    """Seconds; the values are for real modems, tests use shorter ones."""

    probe_s: float = 10.0  # idle question; three misses are noticed within 35 s (threat model)
    retry_s: float = 2.0  # from a missed question to the next
    reply_s: float = 3.0  # local commands answer in milliseconds; families name slow ones
    knock_s: float = 1.0  # one of three "AT" at opening
    answer_s: float = 95.0  # ATA: the network allows 90 s
    route_s: float = 12.0  # how long AT+CPCMREG=1 may be refused; seen: up to 12 s
    route_retry_s: float = 0.5
    reopen_first_s: float = 1.0  # doubles up to ...
    reopen_max_s: float = 5.0  # ready within 15 s of the node's return: 5 s, then the init
    vanish_s: float = 10.0  # a restarting modem leaves the bus within a few seconds of its OK
    chores_after_s: float = 20.0  # registration first; a chore can wait, a call cannot
