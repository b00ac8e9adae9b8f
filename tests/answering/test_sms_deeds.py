"""What is asked of the modem about messages, and when: one look at a time, no clock to wait for."""

import time
from collections.abc import Callable

import pytest

from appliance.answering.at_lines import Final
from appliance.answering.call_rows import CallRows
from appliance.answering.families.base import Refused
from appliance.answering.jobs import JobQueue
from appliance.answering.sms import Kind, SmsDeleted, SmsFact, SmsRead
from appliance.answering.sms_deeds import SmsDeeds
from appliance.answering.sms_tray import SmsTray
from appliance.errors import CommandTimeout
from tests.fakes.sms import Sim, deliver, parts

PERSON = "+84912345678"


class SimPort:
    """An AT port with nothing but a SIM behind it."""

    last_answer_at: float | None = None

    def __init__(self, sim: Sim) -> None:
        self.sim = sim
        self.commands: list[str] = []
        self.is_mute = False
        self.on_command: Callable[[str], None] = lambda _: None

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        self.commands.append(text)
        self.on_command(text)
        if self.is_mute:
            raise CommandTimeout("no answer")
        lines = self.sim.answer(text)
        if lines is None:
            raise Refused(text, Final(False, "ERROR"))
        return tuple(lines)

    def pause(self, seconds: float) -> None:
        raise AssertionError("nothing about messages may wait")

    def check(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...


class Desk:
    """A modem with messages, and a clerk who stores when he is told to."""

    def __init__(self) -> None:
        self.sim = Sim()
        self.port = SimPort(self.sim)
        self.rows = CallRows()
        self.tray = SmsTray()
        self.given: list[SmsFact] = []
        self.tray.give_to(self.given.append)
        self.open()

    def open(self) -> None:
        """The modem is opened, for the first time or again."""
        self.tray.lose_port()
        self.jobs = JobQueue()
        self.deeds = SmsDeeds(self.port, self.rows, self.jobs, self.tray)
        self.deeds.begin()

    def look(self, times: int = 12) -> None:
        for _ in range(times):
            self.deeds.look()

    @property
    def read(self) -> list[SmsRead]:
        return [fact for fact in self.given if isinstance(fact, SmsRead)]

    def store_all(self) -> None:
        for sms in self.read:
            self.tray.may_be_deleted(sms.stamps)

    def asked(self, name: str) -> list[str]:
        return [command for command in self.port.commands if command.startswith(name)]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_what_lies_on_the_sim_at_the_start_is_read_without_a_word_from_the_modem(
    desk: Desk,
) -> None:
    desk.sim.put(deliver(PERSON, "một"))
    desk.sim.put(deliver("VIETTEL", "khuyen mai"))
    desk.look()
    kinds = [(sms.kind, sms.text) for sms in desk.read]
    assert kinds == [(Kind.PERSON, "một"), (Kind.SERVICE, "khuyen mai")]


def test_nothing_is_deleted_before_it_is_stored(desk: Desk) -> None:
    place = desk.sim.put(deliver(PERSON, "một"))
    desk.look(40)
    assert desk.asked("AT+CMGD") == []
    assert len(desk.read) == 1
    desk.store_all()
    desk.look()
    assert desk.asked("AT+CMGD") == [f"AT+CMGD={place}"]
    assert desk.sim.held == {}
    assert desk.given[-1] == SmsDeleted(desk.read[0].stamps[0])


def test_a_clerk_who_is_faster_than_the_look_is_not_kept_waiting(desk: Desk) -> None:
    desk.tray.give_to(
        lambda fact: desk.tray.may_be_deleted(fact.stamps) if isinstance(fact, SmsRead) else None
    )
    desk.sim.put(deliver(PERSON, "một"))
    while desk.sim.held:
        (job,) = desk.jobs._jobs
        assert job.due <= time.monotonic(), "the next look comes minutes later"
        desk.deeds.look()


def test_a_message_that_is_announced_is_read_from_its_place(desk: Desk) -> None:
    desk.look()
    place = desk.sim.put(deliver(PERSON, "một"))
    desk.tray.arrived(place)
    desk.look()
    assert [sms.text for sms in desk.read] == ["một"]
    assert desk.asked("AT+CMGR") == [f"AT+CMGR={place}"]
    assert len(desk.asked("AT+CMGL")) == 1


def test_parts_stay_on_the_sim_until_all_are_there(desk: Desk) -> None:
    one, two = parts(PERSON, "ă" * 80, 7)
    desk.tray.arrived(desk.sim.put(two))
    desk.look()
    assert desk.given == []
    desk.open()  # a restart forgets nothing: the part lies on the SIM
    desk.tray.arrived(desk.sim.put(one))
    desk.look()
    assert [sms.text for sms in desk.read] == ["ă" * 80]
    desk.store_all()
    desk.look()
    assert desk.sim.held == {}


@pytest.mark.parametrize("state", ["ringing", "in a call"])
def test_nothing_is_asked_while_the_line_is_not_idle(desk: Desk, state: str) -> None:
    desk.sim.put(deliver(PERSON, "một"))
    now = time.monotonic()
    if state == "ringing":
        desk.rows.ring(now)
    else:
        desk.rows.begin()
    desk.look()
    assert desk.port.commands == []
    desk.rows.end()
    desk.look()
    assert len(desk.read) == 1


def test_a_ring_waits_for_one_command_at_most(desk: Desk) -> None:
    for number in range(5):
        desk.sim.put(deliver(PERSON, f"tin {number}"))
    desk.port.on_command = lambda _: desk.rows.ring(time.monotonic())
    desk.look()
    assert len(desk.port.commands) <= 2  # the first look asks for PDU mode and the memory


def test_a_place_that_holds_another_message_by_now_is_left_alone(desk: Desk) -> None:
    place = desk.sim.put(deliver(PERSON, "một"))
    desk.look()
    desk.sim.held[place] = deliver(PERSON, "hai hai", time="62115291650582")
    desk.store_all()
    desk.look()
    assert desk.asked("AT+CMGD") == []
    assert desk.sim.held
    desk.tray.arrived(place)
    desk.look()
    assert [sms.text for sms in desk.read] == ["một", "hai hai"]


def test_what_a_crash_left_on_the_sim_is_deleted_unread(desk: Desk) -> None:
    one, two = parts(PERSON, "ă" * 80, 7)
    for line in (one, two):
        desk.sim.put(line)
    desk.look()
    stamps = desk.read[0].stamps
    del desk.sim.held[stamps[0].place]  # it was deleted; then the power went
    desk.given.clear()
    desk.open()
    desk.tray.may_be_deleted(stamps)  # the clerk found them in the database
    desk.look()
    assert desk.read == []
    assert desk.sim.held == {}
    assert {fact.stamp for fact in desk.given if isinstance(fact, SmsDeleted)} == set(stamps)


def test_a_sim_that_deletes_nothing_gets_no_second_entry_and_no_storm(desk: Desk) -> None:
    desk.sim.refused.add("AT+CMGD")
    desk.sim.put(deliver(PERSON, "một"))
    desk.look()
    desk.store_all()
    desk.look(30)
    assert len(desk.read) == 1
    assert len(desk.asked("AT+CMGD")) == 1


def test_a_sim_too_busy_to_say_what_it_holds_gets_no_second_entry(desk: Desk) -> None:
    desk.sim.put(deliver(PERSON, "một"))
    desk.look()
    desk.sim.refused.add("AT+CMGR")
    desk.store_all()
    desk.look(30)
    assert not any(isinstance(fact, SmsDeleted) for fact in desk.given)
    desk.sim.refused.clear()
    desk.open()
    desk.look(30)
    assert len(desk.read) == 1
    assert desk.sim.held == {}


def test_without_pdu_mode_no_message_is_asked_for(desk: Desk) -> None:
    desk.sim.refused.add("AT+CMGF")
    desk.sim.put(deliver(PERSON, "RING"))
    desk.look()
    assert desk.asked("AT+CMGR") == desk.asked("AT+CMGL") == []


def test_a_modem_that_knows_no_messages_is_left_alone(desk: Desk) -> None:
    desk.sim.refused |= {"AT+CPMS", "AT+CMGL", "AT+CMGR"}
    desk.tray.arrived(1)
    desk.look(30)
    assert desk.given == []
    assert len(desk.port.commands) == 4


def test_a_modem_that_is_silent_about_messages_still_looks_after_calls(desk: Desk) -> None:
    desk.port.is_mute = True
    desk.look(1)
    assert len(desk.port.commands) == 1


def test_nobody_who_stores_means_nothing_is_read() -> None:
    port = SimPort(Sim())
    SmsDeeds(port, CallRows(), JobQueue(), SmsTray()).begin()
    assert port.commands == []


def test_a_broken_message_is_handed_on_and_leaves_the_sim(desk: Desk) -> None:
    desk.sim.put("FF00FF00")
    desk.look()
    assert [(sms.kind, sms.text) for sms in desk.read] == [(Kind.UNREADABLE, "FF00FF00")]
    desk.store_all()
    desk.look()
    assert desk.sim.held == {}
