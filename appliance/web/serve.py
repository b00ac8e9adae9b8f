"""Process 3 in the foreground: waitress around the desk.

Decides: nothing. May touch: the listening socket. Thread: main, and waitress's four.
Called by: `hotline web`. One process only: it holds the unlocked keys and the rate limits.
Why waitress: docs/decisions/web-server.md.
"""

import logging
import signal
import threading
from contextlib import closing

from waitress.server import create_server

from appliance import notify
from appliance.config import Config
from appliance.errors import HotlineError, StoreError
from appliance.store import db
from appliance.web.app import LARGEST_REQUEST, create_app
from appliance.web.desk import Desk, forget_dead_keys

_LOGGER = logging.getLogger(__name__)

THREADS = 4  # a handful of officers; each thread may hold one 3 MB recording in memory
SWEEP_EVERY_S = 30.0  # a key outlives its session by at most this, even if nobody asks
STOPPING = (signal.SIGTERM, signal.SIGINT)
PROXY = "127.0.0.1"  # nginx on this machine; waitress drops such headers from anybody else
PROXY_HEADERS = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}


def run(config: Config) -> None:
    """Serve the officers' page until SIGTERM or Ctrl-C."""
    app = create_app(config)
    desk: Desk = app.extensions["hotline"]
    try:
        server = create_server(
            app,
            listen=config.web.listen,
            threads=THREADS,
            # waitress buffers a body before the app sees it, by default up to 1 GB on the disk
            # that recordings need
            max_request_body_size=LARGEST_REQUEST,
            ident=None,
            clear_untrusted_proxy_headers=True,
            trusted_proxy=PROXY,
            trusted_proxy_headers=PROXY_HEADERS,
        )
    except OSError as error:
        raise HotlineError(f"cannot listen on {config.web.listen}: {error.strerror}") from error
    stopped = threading.Event()
    for number in STOPPING:
        signal.signal(number, signal.default_int_handler)
    threading.Thread(target=_sweep, args=(desk, stopped), name="sweeper", daemon=True).start()
    with closing(db.connect(config.store.database)):  # see desk.py: the last reader never leaves
        try:
            notify.ready()
            _LOGGER.info("the page is at http://%s", config.web.listen)
            server.run()  # returns after SystemExit or KeyboardInterrupt inside its loop
        except KeyboardInterrupt:
            _LOGGER.debug("asked to stop before the first request")
        finally:
            for number in STOPPING:  # Ctrl-C reaches us twice: from the terminal and from `up`
                signal.signal(number, signal.SIG_IGN)
            notify.stopping()
            stopped.set()
            server.close()
    _LOGGER.info("the page is closed")


def _sweep(desk: Desk, stopped: threading.Event) -> None:
    while not stopped.wait(SWEEP_EVERY_S):
        try:
            with closing(db.connect(desk.config.store.database)) as conn:
                forgotten = forget_dead_keys(desk, conn)
        except StoreError as error:  # whose session lives cannot be asked: half a minute later
            _LOGGER.warning("sessions cannot be looked up: %s", error)
            continue
        if forgotten:
            _LOGGER.info("%d unlocked keys forgotten", forgotten)
