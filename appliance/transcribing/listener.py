"""The process that listens: loads the engine once, then lets the worker work until told to stop.

Decides: nothing. May touch: the model folder, the lock and status files in run_dir.
Thread: main of its own process. Called by: __main__.
"""

import logging
import signal
import threading
from collections.abc import Callable

from appliance import notify
from appliance.config import Config, SpeechConfig
from appliance.errors import HotlineError, ModelBroken
from appliance.store import db, live, vault
from appliance.transcribing import heap, manifest, presets
from appliance.transcribing.engine import Transcriber, VoskTranscriber
from appliance.transcribing.loading import loading, state_now
from appliance.transcribing.only_one import only_one
from appliance.transcribing.outcomes import PROCESS, Desk
from appliance.transcribing.watch import LIMIT_S, Watch
from appliance.transcribing.worker import Worker

_LOGGER = logging.getLogger(__name__)


def run(
    config: Config,
    *,
    load: Callable[[SpeechConfig], Transcriber] | None = None,
    hang_s: float = LIMIT_S,
) -> None:
    """Serve until SIGTERM or SIGINT.

    load: makes the engine; else Vosk with the configured model and preset, after verifying it.
    hang_s: how long one call into the engine may take before the process ends.
    Raises StoreError (not set up, another one runs), ModelMissing, ModelBroken: one line each.
    """
    heap.use_one()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    live.prepare(config.store.run_dir)
    with only_one(config.store.run_dir / f"{PROCESS}.lock"):
        public_key = vault.load_public_key(config.store.public_key)
        conn = db.connect(config.store.database)
        try:
            with loading(config.store.run_dir):
                transcriber = (load or _load)(config.speech)
        except HotlineError:
            _tell(config, "no_model")
            raise
        _serve(Desk(conn, config, transcriber, Watch(hang_s), public_key), stopped)
        conn.close()
        _tell(config, "stopped")


def _serve(desk: Desk, stopped: threading.Event) -> None:
    worker = Worker(desk)
    desk.watch.start()
    worker.show_status()
    made = desk.transcriber
    _LOGGER.info("ready: %s with %s, preset %s", made.engine, made.model, made.preset)
    notify.ready()
    try:
        worker.run(stopped)
    finally:
        desk.watch.stop()
        notify.stopping()


def _load(speech: SpeechConfig) -> Transcriber:
    derived = presets.derive(speech.model, speech.preset)
    try:
        return VoskTranscriber(derived.folder, derived.name, derived.preset)
    except Exception as error:  # Vosk raises bare Exception
        raise ModelBroken(
            f"the speech engine cannot load {speech.model}: {manifest.AGAIN}"
        ) from error


def _tell(config: Config, state: str) -> None:
    live.write_status(config.store.run_dir, PROCESS, state_now(state))
