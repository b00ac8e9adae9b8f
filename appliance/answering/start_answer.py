"""Builds the phone from its real parts, or says in one line why it cannot be one.

Decides: whether this process may start. May touch: the state and run folders, signals.
Thread: main. Called by: daemon.run.
A missing modem is no reason not to start: it may be plugged in later.
"""

import fcntl
import logging
import os
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance import notify
from appliance.answering.audio import open_sound
from appliance.answering.call import CallMachine, CallSettings
from appliance.answering.clerk import Clerk
from appliance.answering.daemon import Daemon
from appliance.answering.events import Prompt, StopAsked
from appliance.answering.modem import ModemLink
from appliance.answering.parts import Mailbox
from appliance.answering.prompts import Prompts, load_prompts
from appliance.answering.recorders import SpoolRecorders
from appliance.answering.rescuing import Climber
from appliance.answering.sms_orders import SmsOrders
from appliance.config import Config, StoreConfig
from appliance.errors import StoreError
from appliance.store import live, vault

_LOGGER = logging.getLogger(__name__)

BYTES_PER_S = 16_000  # 8 kHz s16le mono
EXTRA_S = 5.0  # the beep, the closing of the file
LOCK = "answer.lock"


def run(config: Config) -> None:
    """Answer calls until SIGTERM or Ctrl-C, then finish what is being recorded and return.

    Raises StoreError (no `hotline init`, an unwritable folder, another answer) and ConfigError
    (the greeting).
    """
    check_folders(config.store)
    public_key = vault.load_public_key(config.store.public_key)
    prompts = load_prompts(config.call.greeting)
    live.prepare(config.store.run_dir)
    with only_one(config.store.run_dir):
        _serve(config, public_key, prompts)


def _serve(config: Config, public_key: bytes, prompts: Prompts) -> None:
    mailbox = Mailbox()
    settings = settings_of(config, prompts)
    link = ModemLink(config.modem, mailbox.post, climber=Climber(config.store))
    sound = open_sound(config.audio, link.pcm_port, prompts, mailbox.post)
    orders = SmsOrders(config.store.run_dir, link.sms.send)
    clerk = Clerk(config.store, public_key, sms_stored=link.sms.may_be_deleted, orders=orders)
    link.sms.give_to(lambda fact: clerk.note(fact, time.time()))
    longest_s = settings.greeting_s + settings.max_message_s + EXTRA_S
    recorders = SpoolRecorders(config.store, public_key, longest_s, mailbox.post)
    daemon = Daemon(
        mailbox=mailbox,
        machine=CallMachine(settings, lambda: uuid.uuid4().hex),
        line=link,
        sound=sound,
        recorders=recorders,
        clerk=clerk,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: mailbox.post(StopAsked()))
    clerk.start()  # before the line: it must see what a crash left, and nothing newer
    link.start()
    notify.ready()
    _LOGGER.info("answering")
    try:
        daemon.run()
    finally:
        notify.stopping()
        sound.stop()
        link.close()


def settings_of(config: Config, prompts: Prompts) -> CallSettings:
    """What the call machine needs of the configuration and of the greeting that was loaded."""
    return CallSettings(
        answer_after_s=config.call.answer_after_s,
        greeting_s=len(prompts[Prompt.GREETING]) / BYTES_PER_S,
        max_message_s=config.call.max_message_s,
        silence_s=config.call.silence_s,
    )


def check_folders(store: StoreConfig) -> None:
    """Raise StoreError naming a folder that is missing or that this user may not write."""
    for folder in (store.state_dir, store.spool_dir):
        if not folder.is_dir():
            raise StoreError(f"no folder {folder}: run `hotline init`")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StoreError(f"cannot write {folder}: give it to the user that runs this process")


@contextmanager
def only_one(run_dir: Path) -> Iterator[None]:
    """Hold the lock of the one answering process; raises StoreError when another one runs."""
    try:
        fd = os.open(run_dir / LOCK, os.O_RDWR | os.O_CREAT, 0o660)
    except OSError as error:
        raise StoreError(f"cannot write {run_dir}: {error.strerror}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(fd)
        raise StoreError(
            f"another `hotline answer` already runs ({run_dir / LOCK} is in use): stop it first"
        ) from error
    try:
        yield
    finally:
        os.close(fd)
