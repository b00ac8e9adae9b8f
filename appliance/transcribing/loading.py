"""Says "loading" again and again while a speech model loads.

Decides: for how long a load is believed in. May touch: run_dir/status.
Thread: one of its own while it loads. Called by: worker.
On a slow card verifying and loading takes minutes; a silent listener is complained of after 45 s.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.errors import StoreError
from appliance.store import live
from appliance.transcribing.outcomes import PROCESS

_LOGGER = logging.getLogger(__name__)

AGAIN_EVERY_S = 5.0  # nine misses before the page calls us silent
LONGEST_S = 600.0  # a load that takes longer hangs: then the page shall say so


@contextmanager
def loading(
    run_dir: Path, again_every_s: float = AGAIN_EVERY_S, longest_s: float = LONGEST_S
) -> Iterator[None]:
    """Show the state "loading", fresh, until the body is done."""
    live.write_status(run_dir, PROCESS, state_now("loading"))
    done = threading.Event()
    telling = threading.Thread(
        target=_tell_until,
        args=(done, run_dir, again_every_s, time.monotonic() + longest_s),
        name="loading",
        daemon=True,
    )
    telling.start()
    try:
        yield
    finally:
        done.set()
        telling.join()  # nothing may be said after what comes next


def state_now(state: str) -> dict[str, Any]:
    """A status without work in it; at: epoch seconds."""
    return {"at": time.time(), "state": state}


def _tell_until(done: threading.Event, run_dir: Path, every_s: float, until: float) -> None:
    while not done.wait(every_s) and time.monotonic() < until:
        try:
            live.write_status(run_dir, PROCESS, state_now("loading"))
        except StoreError as error:
            _LOGGER.warning("cannot say that the model loads: %s", error)
