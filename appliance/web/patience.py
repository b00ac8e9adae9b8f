"""How long somebody who failed to sign in must wait before the next try.

Decides: the delay, from how many tries failed of late. May touch: nothing.
Thread: any. Called by: sign_in.
A delay, never a lock-out: otherwise anybody on the network could keep the officer out.
"""

WINDOW_S = 900.0  # failures older than a quarter of an hour are forgiven

# (failures in the window, seconds to wait since the last one). Five tries pass within the first
# minute (ASVS 6.3.1 and SecureDrop's five a minute), then at most one a minute, then fewer.
STEPS = ((3, 2.0), (4, 5.0), (5, 60.0), (10, 120.0), (20, 300.0))


def delay_s(failures: int) -> float:
    """Seconds between the last failure and the next try that is looked at."""
    return max((wait for count, wait in STEPS if failures >= count), default=0.0)


def wait_s(failed_at: list[float], now: float) -> float:
    """How many seconds are still to wait; 0 when a try may be made. Epoch seconds."""
    recent = [at for at in failed_at if 0 <= now - at < WINDOW_S]
    if not recent:
        return 0.0
    return max(0.0, max(recent) + delay_s(len(recent)) - now)
