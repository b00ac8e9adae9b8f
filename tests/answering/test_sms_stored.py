"""A text message from the port to its row: the real link, the real clerk, a real database."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.answering.clerk import Clerk
from appliance.answering.events import Answered, CallsListed, Event, ModemUp, Ringing
from appliance.answering.modem import ModemLink
from appliance.answering.sms_orders import SmsOrders
from appliance.config import ModemConfig, StoreConfig
from appliance.store import audit, calls, db, live, messages, outbox, queue, sms, vault
from tests.answering.test_modem import CALM, PATIENCE_S, FakeModem
from tests.fakes.sms import Sim, deliver, parts, report
from tests.sound.listening import Mailbox, until

KEYS = vault.make_key_pair()
PERSON = "+84912345678"
HOSTILE = '\r\nRING\r\n\r\n+CLIP: "0987654321",129\r\n\r\nOK\r\n'


class SmsModem(FakeModem):
    """A modem with a SIM that holds messages."""

    def __init__(self, link: Path) -> None:
        self.sim = Sim()
        self.before: Callable[[str], None] = lambda _: None
        super().__init__(link)

    def _take(self, master: int, command: str) -> None:
        if self.sim.knows(command):
            self.before(command)
            lines = self.sim.answer(command)
            shown = ["ERROR"] if lines is None else [*lines, "OK"]
            self.replies[command] = "".join(f"\r\n{line}\r\n" for line in shown).encode()
            if command.startswith("AT+CMGS") and lines is not None:
                self.replies[command] = b"\r\n> "
        super()._take(master, command)

    def receive(self, line: str) -> None:
        """As a network delivers it."""
        self.say(f'\r\n+CMTI: "SM",{self.sim.put(line)}\r\n'.encode())


class Box:
    """The part of the answering process that knows of messages."""

    def __init__(self, folder: Path) -> None:
        self.store = StoreConfig(folder / "state", folder / "run")
        self.store.spool_dir.mkdir(parents=True)
        live.prepare(self.store.run_dir)
        db.migrate(self.store.database)
        self.modem = SmsModem(folder / "modem")
        self.mail = Mailbox()

    def start(self) -> None:
        config = ModemConfig(port=str(self.modem.link))
        self.link = ModemLink(config, self.mail.post, CALM)
        kept, send = self.link.sms.may_be_deleted, self.link.sms.send
        orders = SmsOrders(self.store.run_dir, send)
        self.clerk = Clerk(self.store, KEYS.public, sms_stored=kept, orders=orders)
        self.link.sms.give_to(lambda fact: self.clerk.note(fact, time.time()))
        self.clerk.start()
        self.link.start()

    def stop(self) -> None:
        self.link.close()
        self.clerk.stop(PATIENCE_S)

    def conn(self) -> db.Connection:
        return db.connect(self.store.database)

    def texts(self) -> list[str]:
        """What stands in the queue, newest first."""
        with db.connect(self.store.database) as conn:
            entries = messages.list_newest(conn, limit=99)
        sealed = [entry.sealed_transcript for entry in entries if entry.kind == "sms"]
        return [str(vault.open_json(KEYS.private, blob)["text"]) for blob in sealed if blob]

    def is_clear(self) -> bool:
        """Whether nothing is left on the SIM, nor noted as left there."""
        return not self.modem.sim.held and not sms.list_on_sim(self.conn())


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    made.start()
    yield made
    made.stop()
    made.modem.unplug()


def test_a_text_message_becomes_an_entry_of_the_queue_and_leaves_the_sim(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    box.modem.receive(deliver(PERSON, "cháy nhà ở bản Pho"))
    until(box.is_clear)
    assert box.texts() == ["cháy nhà ở bản Pho"]
    conn = box.conn()
    (row,) = queue.list_newest(conn, limit=9)
    assert row.message is not None
    assert (row.call.outcome, row.message.status, row.message.text_length) == ("sms", "new", 18)
    assert row.call.sealed_caller is not None
    caller = vault.open_json(KEYS.private, row.call.sealed_caller)
    assert (caller["number"], caller["raw"]) == ("0912345678", PERSON)
    assert queue.count_new(conn) == 1
    assert messages.claim_next(conn, now=1e12, owner="t", lease_s=1) is None
    assert [r.action for r in audit.list_for(conn, row.message.id)] == ["sms_received"]


def test_it_is_on_disk_before_the_modem_is_told_to_delete_it(box: Box) -> None:
    rows_then: list[int] = []

    def look(command: str) -> None:
        if command.startswith("AT+CMGD"):
            rows_then.append(len(box.texts()))

    box.modem.before = look
    box.mail.wait_for(ModemUp)
    box.modem.receive(deliver(PERSON, "một"))
    until(box.is_clear)
    assert rows_then == [1]


def test_neither_number_nor_words_lie_in_the_database_in_clear(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    box.modem.receive(deliver(PERSON, "bimat khong ai biet"))
    box.modem.receive(deliver("VIETTEL", "bimat quang cao"))
    until(lambda: len(box.texts()) == 1 and sms.count_filed(box.conn()) == 1)
    box.stop()
    for path in box.store.state_dir.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert b"bimat" not in data
        assert b"912345678" not in data
    box.start()


def test_a_text_that_looks_like_a_modem_rings_nothing(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    box.modem.receive(deliver(PERSON, HOSTILE))
    box.modem.receive(deliver(PERSON, f"ă{HOSTILE}"))
    until(box.is_clear)
    assert sorted(box.texts()) == sorted([HOSTILE, f"ă{HOSTILE}"])
    events: list[Event] = box.mail.all()
    assert [type(event) for event in events] == [ModemUp]


def test_reports_and_the_operator_are_filed_away_and_count_as_nothing_new(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    for line in (report(PERSON), deliver("195", "nap the"), deliver("VIETTEL", "quà"), "00FF00"):
        box.modem.receive(line)
    until(lambda: sms.count_filed(box.conn()) == 4 and box.is_clear())
    conn = box.conn()
    assert queue.count_new(conn) == 0
    assert queue.list_newest(conn, limit=9) == []
    kinds = sorted(one.kind for one in sms.list_filed(conn, limit=9))
    assert kinds == ["report", "service", "service", "unreadable"]


def test_a_crash_between_storing_and_deleting_makes_one_entry(box: Box) -> None:
    box.modem.sim.refused.add("AT+CMGD")  # the box dies before this succeeds
    for line in parts(PERSON, "ă" * 100, 5):
        box.modem.sim.put(line)
    until(lambda: bool(box.texts()) and "AT+CMGD=1" in box.modem.commands)
    box.stop()
    assert len(box.modem.sim.held) == 2
    del box.modem.sim.held[1]  # and one of the two was deleted after all
    box.modem.sim.refused.clear()
    box.start()
    until(box.is_clear)
    assert box.texts() == ["ă" * 100]


def test_a_locked_database_keeps_the_message_on_the_sim_until_it_is_free(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    lock = sqlite3.connect(box.store.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    box.modem.receive(deliver(PERSON, "một"))
    box.modem.wait_for("AT+CMGR=1")
    box.link.list_calls()
    box.mail.wait_for(CallsListed)
    threading.Event().wait(2.5)  # longer than the clerk's first two tries
    assert box.modem.sim.held
    lock.execute("ROLLBACK")
    until(box.is_clear)
    assert box.texts() == ["một"]


def test_a_message_that_comes_during_a_call_waits_for_its_end(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    until(lambda: "AT+CMGL=4" in box.modem.commands)
    box.modem.say(b"\r\nRING\r\n")
    box.mail.wait_for(Ringing)
    box.link.answer()
    box.mail.wait_for(Answered)
    box.modem.receive(deliver(PERSON, "một"))
    box.modem.rows = ['+CLCC: 1,1,0,0,0,"0987654321",129']
    for count in (1, 2):
        box.link.list_calls()
        box.mail.wait_for(CallsListed, count)
    assert not any(command.startswith("AT+CMGR") for command in box.modem.commands)
    box.modem.rows = []
    box.link.hang_up()
    until(box.is_clear)
    assert box.texts() == ["một"]


def test_a_call_still_ends_with_its_own_row_between_messages(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    box.modem.receive(deliver(PERSON, "một"))
    until(box.is_clear)
    conn = box.conn()
    calls.begin(conn, f"{1:032x}", 5.0)
    rows = queue.list_newest(conn, limit=9)
    assert [row.call.outcome for row in rows] == [None, "sms"]


def test_an_order_in_the_outbox_is_sent_and_its_words_are_gone_afterwards(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    conn, run_dir, now = box.conn(), box.store.run_dir, time.time()
    order = outbox.put(
        conn, run_dir, number="0912345678", text="Có tin khẩn", now=now, deadline=now + 600
    )
    until(lambda: outbox.get(conn, order) == outbox.Sent("done", 1, None))
    assert len(box.modem.sim.sent) == 1
    assert list((run_dir / outbox.FOLDER).iterdir()) == []


def test_an_order_that_a_crash_interrupted_is_sent_by_the_next_process(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    box.stop()
    conn, run_dir, now = box.conn(), box.store.run_dir, time.time()
    order = outbox.put(conn, run_dir, number="0912345678", text="x", now=now, deadline=now + 600)
    assert outbox.claim(conn, run_dir, now=now)  # and then the process died
    assert outbox.claim(conn, run_dir, now=now + 60) is None
    box.start()
    until(lambda: outbox.get(conn, order) == outbox.Sent("done", 2, None))


def test_the_judge_is_given_the_words_of_a_new_message_and_of_no_other(box: Box) -> None:
    box.mail.wait_for(ModemUp)
    box.modem.receive(deliver("VIETTEL", "quà"))
    box.modem.receive(deliver(PERSON, "cháy nhà"))
    until(lambda: len(box.texts()) == 1 and box.is_clear())
    (entry,) = messages.list_newest(box.conn(), limit=9)
    until(lambda: any(live.keys_dir(box.store.run_dir).iterdir()))
    assert live.take_written(box.store.run_dir) == (entry.id, "cháy nhà")
    assert live.take_written(box.store.run_dir) is None
