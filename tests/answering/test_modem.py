"""The modem link against a modem on a pseudo-terminal that misbehaves on purpose."""

import errno
import os
import select
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import serial

from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallEndHinted,
    CallerShown,
    CallForwarded,
    CallsListed,
    Direction,
    KeyPressed,
    LineFree,
    ModemLost,
    ModemUp,
    Ringing,
    SecondCaller,
    Stat,
    VoiceRefused,
    VoiceRouted,
)
from appliance.answering.families.base import tolerated
from appliance.answering.modem import ModemLink, Timings, open_port
from appliance.config import ModemConfig
from appliance.errors import CommandTimeout
from tests.sound.listening import Mailbox

PATIENCE_S = 20.0  # a busy machine is slow; nothing waits that long when all is well
QUICK = Timings(
    probe_s=0.2,
    retry_s=0.05,
    reply_s=1.0,
    knock_s=0.5,
    answer_s=10.0,
    route_s=1.0,
    route_retry_s=0.05,
    reopen_first_s=0.05,
    reopen_max_s=0.2,
    vanish_s=0.3,
)
CALM = replace(QUICK, probe_s=600.0)  # no probe comes between

Answer = bytes | Callable[[], bytes]


class FakeModem:
    """Answers OK to everything, or what `replies` says; None there means no answer at all."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.replies: dict[str, Answer | None] = {
            "AT+CGMM": b"\r\nSIMCOM_SIM7600G-H\r\n\r\nOK\r\n",
            "AT+CGMR": b"\r\n+CGMR: LE20B04SIM7600G22\r\n\r\nOK\r\n",
            "AT+CPIN?": b"\r\n+CPIN: READY\r\n\r\nOK\r\n",
            "AT+CSQ": b"\r\n+CSQ: 20,99\r\n\r\nOK\r\n",
            "AT+CREG?": b"\r\n+CREG: 2,0\r\n\r\nOK\r\n",
            "AT+CEREG?": b'\r\n+CEREG: 2,1,"1F00","79D903",7\r\n\r\nOK\r\n',
            "AT+COPS?": b'\r\n+COPS: 0,0,"Viettel Viettel",7\r\n\r\nOK\r\n',
        }
        self.rows: list[str] = []
        self.mute = False
        self.echo = False
        self.commands: list[str] = []
        self._changed = threading.Condition()
        self._speaking = threading.Lock()
        self.plug_in()

    def plug_in(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._master)
        tty.setraw(self._slave)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))
        self._stop_r, self._stop_w = os.pipe()
        self._thread = threading.Thread(target=self._run, args=(self._master,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self.link.unlink(missing_ok=True)
        os.write(self._stop_w, b"x")
        self._thread.join()
        for fd in (self._slave, self._master, self._stop_r, self._stop_w):
            os.close(fd)

    def say(self, *texts: bytes) -> None:
        with self._speaking:  # no reply stands inside a line
            for text in texts:
                os.write(self._master, text)

    def wait_for(self, command: str, count: int = 1) -> None:
        with self._changed:
            seen = self._changed.wait_for(lambda: self.commands.count(command) >= count, PATIENCE_S)
        assert seen, f"{command} was not sent; but {self.commands}"

    def _run(self, master: int) -> None:
        pending = b""
        while True:
            ready, _, _ = select.select([master, self._stop_r], [], [])
            if self._stop_r in ready:
                return
            data = os.read(master, 1024)
            if self.echo:
                os.write(master, data)
            pending += data
            while b"\r" in pending:
                line, pending = pending.split(b"\r", 1)
                self._take(master, line.decode())

    def _take(self, master: int, command: str) -> None:
        with self._changed:
            self.commands.append(command)
            self._changed.notify_all()
        if self.mute:
            return
        answer = self.replies.get(command, b"\r\nOK\r\n")
        if command == "AT+CLCC" and command not in self.replies:
            rows = "".join(f"\r\n{row}\r\n" for row in self.rows)
            answer = rows.encode() + b"\r\nOK\r\n"
        if callable(answer):
            answer = answer()
        if answer is not None:
            with self._speaking:
                os.write(master, answer)


Started = Callable[..., ModemLink]


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[FakeModem]:
    fake = FakeModem(tmp_path / "modem")
    yield fake
    if fake.link.is_symlink():
        fake.unplug()


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture
def start(modem: FakeModem, box: Mailbox) -> Iterator[Started]:
    links: list[ModemLink] = []

    def make(timings: Timings = CALM, **config: object) -> ModemLink:
        settings = replace(ModemConfig(port=str(modem.link)), **config)  # type: ignore[arg-type]
        links.append(ModemLink(settings, box.post, timings))
        links[-1].start()
        return links[-1]

    yield make
    for link in links:
        link.close()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not true():
        assert time.monotonic() < deadline, what
        pause.wait(0.01)


# ---------------------------------------------------------------- opening


def test_a_modem_that_answers_is_up_with_its_names(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(QUICK)
    up = box.wait_for(ModemUp)
    assert (up.model, up.revision, up.calls) == ("SIMCOM_SIM7600G-H", "LE20B04SIM7600G22", ())
    until(lambda: link.status().operator is not None, "no operator")
    status = link.status()
    assert (status.up, status.signal_dbm, status.registered) == (True, -73, True)
    assert status.operator == "Viettel Viettel"
    assert status.last_answer_at is not None


def test_an_echoing_modem_with_words_for_errors_comes_up_too(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.echo = True
    modem.replies["AT+CCWA=1"] = b"\r\n+CME ERROR: operation not supported\r\n"
    modem.replies["AT+CTZU=1"] = b"\r\nCOMMAND NOT SUPPORT\r\n"
    start()
    assert box.wait_for(ModemUp).model == "SIMCOM_SIM7600G-H"


def test_starting_opens_no_data_connection(modem: FakeModem, box: Mailbox, start: Started) -> None:
    start()
    box.wait_for(ModemUp)
    for command in modem.commands:
        assert not command.startswith(("ATD", "ATZ", "AT+CGDCONT", "AT+CGACT", "AT+CGDATA"))


def test_a_call_that_is_on_at_the_start_is_told(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.rows = ['+CLCC: 1,1,0,1,0,"",128', '+CLCC: 2,1,0,0,0,"0912345678",129']
    start()
    (call,) = box.wait_for(ModemUp).calls
    assert (call.index, call.direction, call.stat) == (2, Direction.TO_US, Stat.ACTIVE)


def test_no_port_is_one_line_that_says_what_to_do(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    link = start(QUICK, port=str(tmp_path / "nothing"))
    lost = box.wait_for(ModemLost)
    assert "no port" in lost.reason
    assert "[modem] port" in lost.reason
    assert "\n" not in lost.reason
    assert not link.status().up


def test_auto_without_a_modem_says_plug_it_in(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    start(QUICK, port="auto")
    assert box.wait_for(ModemLost).reason == "no modem found: plug it in, or set [modem] port"


def test_a_port_in_use_says_so_and_comes_up_when_it_is_free(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    other = serial.Serial(str(modem.link), exclusive=True)
    start(QUICK)
    assert "in use" in box.wait_for(ModemLost).reason
    other.close()
    box.wait_for(ModemUp)


def test_a_port_where_nothing_answers_is_called_the_wrong_one(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.mute = True
    start(QUICK)
    assert "nothing there answers AT" in box.wait_for(ModemLost).reason


def test_a_file_that_is_no_port_is_refused_in_one_line(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no modem")
    start(QUICK, port=str(tmp_path / "file"))
    reason = box.wait_for(ModemLost).reason
    assert "cannot be used as a modem port" in reason
    assert "\n" not in reason


def test_a_missing_modem_is_told_once_and_found_when_it_comes(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.unplug()
    start(QUICK)
    box.wait_for(ModemLost)
    modem.plug_in()
    box.wait_for(ModemUp)
    assert len(box.of(ModemLost)) == 1


# ---------------------------------------------------------------- ringing


def test_a_ring_during_a_command_is_not_lost(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["AT+CLCC"] = b'\r\nRING\r\n\r\n+CLIP: "0912345678",129\r\n\r\nOK\r\n'
    link = start()
    box.wait_for(ModemUp)
    link.list_calls()
    assert box.wait_for(CallsListed).calls == ()
    assert box.of(Ringing)
    assert box.of(CallerShown)[-1].caller.number == "0912345678"


def test_one_bad_byte_does_not_deafen_the_box(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start()
    box.wait_for(ModemUp)
    modem.say(b"\xbb\r\n", bytes(range(256)) * 40, b"\r\n", b"\r\nRING\r\n")
    box.wait_for(Ringing)
    link.list_calls()
    box.wait_for(CallsListed)


def test_a_caller_shown_150_ms_after_the_ring_keeps_the_number(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    start()
    box.wait_for(ModemUp)
    modem.say(b"\r\nRI", b"NG\r\n")
    box.wait_for(Ringing)
    threading.Event().wait(0.15)
    modem.say(b'\r\n+CLIP: "09123', b'45678",129,"",0,"",0\r\n')
    assert box.wait_for(CallerShown).caller.number == "0912345678"


def test_the_same_caller_twice_rings_twice(modem: FakeModem, box: Mailbox, start: Started) -> None:
    link = start()
    box.wait_for(ModemUp)
    for count in (1, 2):
        modem.say(b'\r\nRING\r\n\r\n+CLIP: "",128\r\n')
        box.wait_for(CallerShown, count)
        link.answer()
        box.wait_for(Answered, count)
        modem.say(b"\r\nNO CARRIER\r\n")
        box.wait_for(CallEndHinted, count)
    assert box.of(CallerShown)[1].caller.number is None


def test_every_kind_of_line_of_a_call_becomes_its_event(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    start()
    box.wait_for(ModemUp)
    modem.say(
        b"\r\n+CRING: VOICE\r\n\r\n+CSSU: 0\r\n",
        b'\r\n+CLCC: 1,1,4,0,0,"+84912345678",145\r\n',
        b"\r\nVOICE CALL: BEGIN\r\n\r\n+RXDTMF: #\r\n",
        b'\r\n+CCWA: "0987654321",129,1\r\n',
        b"\r\nMISSED_CALL: 11:01AM 07712345678\r\n\r\nVOICE CALL: END: 000041\r\n",
    )
    box.wait_for(CallEndHinted, 2)
    assert box.of(CallForwarded)
    assert box.of(KeyPressed) == [KeyPressed("#")]
    assert box.of(CallerShown)[0].caller.number == "0912345678"
    assert box.of(SecondCaller)[0].caller.number == "0987654321"
    assert "07712345678" not in str(box.of(CallEndHinted))


def test_a_ring_whose_line_was_lost_is_found_by_the_probe(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    start(QUICK)
    box.wait_for(ModemUp)
    modem.rows = ['+CLCC: 1,1,4,0,0,"0912345678",129']
    (call,) = box.wait_for(CallsListed).calls
    assert call.stat is Stat.INCOMING
    assert call.caller
    assert call.caller.number == "0912345678"


def test_permanent_data_rows_are_no_calls_but_a_new_one_after_a_ring_is(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.rows = ['+CLCC: 1,1,0,1,0,"",128']
    link = start()
    assert box.wait_for(ModemUp).calls == ()
    modem.rows.append('+CLCC: 2,1,0,1,0,"",128')
    link.list_calls()
    assert box.wait_for(CallsListed).calls == ()
    modem.say(b"\r\nRING\r\n")
    box.wait_for(Ringing)
    link.list_calls()
    assert [call.index for call in box.wait_for(CallsListed, 2).calls] == [2]


# ---------------------------------------------------------------- answering


def test_answering_takes_milliseconds_from_ring_to_ata(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    sent_at: list[float] = []

    def ata() -> bytes:
        sent_at.append(time.monotonic())
        return b"\r\nOK\r\n"

    modem.replies["ATA"] = ata
    link = start()
    box.wait_for(ModemUp)
    rung_at = time.monotonic()
    modem.say(b"\r\nRING\r\n")
    box.wait_for(Ringing)
    link.answer()
    box.wait_for(Answered)
    assert sent_at[0] - rung_at < 2.0  # milliseconds on an idle machine; benches measure it


def test_nothing_is_sent_until_a_slow_ata_has_its_result(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["ATA"] = None
    link = start()
    box.wait_for(ModemUp)
    link.answer()
    modem.wait_for("ATA")
    link.list_calls()
    link.route_voice()
    threading.Event().wait(0.3)
    assert modem.commands[-1] == "ATA"
    modem.say(b"\r\nVOICE CALL: BEGIN\r\n\r\nOK\r\n")
    box.wait_for(Answered)
    box.wait_for(CallsListed)
    box.wait_for(VoiceRouted)


def test_answering_jumps_ahead_of_waiting_questions(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start()
    box.wait_for(ModemUp)
    go = threading.Event()

    def slow() -> bytes:
        go.wait(PATIENCE_S)
        return b"\r\nOK\r\n"

    modem.replies["AT+CLCC"] = slow
    link.list_calls()
    modem.wait_for("AT+CLCC", 2)  # one at the start
    link.unroute_voice()
    link.answer()
    go.set()
    box.wait_for(Answered)
    modem.wait_for("AT+CPCMREG=0", 2)
    assert modem.commands[-2:] == ["ATA", "AT+CPCMREG=0"]


@pytest.mark.parametrize("result", [b"NO CARRIER", b"ERROR", b"+CME ERROR: 3", b"BUSY"])
def test_an_ata_that_fails_says_so_at_once(
    modem: FakeModem, box: Mailbox, start: Started, result: bytes
) -> None:
    modem.replies["ATA"] = b"\r\n" + result + b"\r\n"
    link = start()
    box.wait_for(ModemUp)
    link.answer()
    assert result.decode() in box.wait_for(AnswerFailed).reason


def test_a_caller_who_gives_up_during_ata_does_not_block_the_line(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["ATA"] = b"\r\nVOICE CALL: END\r\n"  # and never a final result
    link = start(replace(CALM, answer_s=600.0))
    box.wait_for(ModemUp)
    link.answer()
    box.wait_for(AnswerFailed)
    link.list_calls()
    box.wait_for(CallsListed)


def test_answering_without_a_modem_fails_at_once(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.unplug()
    link = start(QUICK)
    box.wait_for(ModemLost)
    link.answer()
    link.route_voice()
    assert box.of(AnswerFailed)
    assert box.of(VoiceRefused)


# ---------------------------------------------------------------- sound and hanging up


def test_the_voice_route_is_asked_for_until_the_modem_gives_it(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    refusals = iter([b"\r\nERROR\r\n"] * 5)
    modem.replies["AT+CPCMREG=1"] = lambda: next(refusals, b"\r\nOK\r\n")
    link = start(replace(CALM, route_s=PATIENCE_S))
    box.wait_for(ModemUp)
    link.route_voice()
    box.wait_for(VoiceRouted)
    assert modem.commands.count("AT+CPCMREG=1") == 6


def test_a_voice_route_that_never_comes_is_refused_once(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["AT+CPCMREG=1"] = b"\r\nERROR\r\n"
    link = start()
    box.wait_for(ModemUp)
    link.route_voice()
    box.wait_for(VoiceRefused)
    assert len(box.of(VoiceRefused)) == 1


def test_hanging_up_ends_the_hunt_for_the_voice_route(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["AT+CPCMREG=1"] = b"\r\nERROR\r\n"
    link = start(replace(CALM, route_s=600.0))
    box.wait_for(ModemUp)
    link.route_voice()
    modem.wait_for("AT+CPCMREG=1", 2)
    link.hang_up()
    box.wait_for(LineFree)
    tries = modem.commands.count("AT+CPCMREG=1")
    link.list_calls()
    box.wait_for(CallsListed)
    assert modem.commands.count("AT+CPCMREG=1") <= tries + 1
    assert not box.of(VoiceRefused)


def test_a_call_that_ignores_chup_is_ended_by_other_means(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start()
    box.wait_for(ModemUp)
    modem.rows = ['+CLCC: 3,1,0,0,0,"0912345678",129']

    def release() -> bytes:
        modem.rows.clear()
        return b"\r\nOK\r\n"

    modem.replies["AT+CHLD=13"] = release
    link.hang_up()
    box.wait_for(LineFree)
    sent = [c for c in modem.commands if c in ("AT+CHUP", "ATH", "AT+CHLD=13", "AT+CFUN=1,1")]
    assert sent == ["AT+CHUP", "ATH", "AT+CHUP", "AT+CHLD=13"]


def test_a_call_that_nothing_ends_costs_a_reset_and_one_loss(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(replace(CALM, reopen_first_s=PATIENCE_S))
    box.wait_for(ModemUp)
    modem.rows = ['+CLCC: 1,1,0,0,0,"0912345678",129']
    link.hang_up()
    modem.wait_for("AT+CFUN=1,1")
    modem.unplug()
    assert "restarted" in box.wait_for(ModemLost).reason
    assert not box.of(LineFree)


def test_hanging_up_spares_the_next_caller(modem: FakeModem, box: Mailbox, start: Started) -> None:
    """Who waits begins to ring in the moment in which the first call ends."""
    link = start()
    box.wait_for(ModemUp)
    link.answer()
    box.wait_for(Answered)
    modem.say(b'\r\n+CLIP: "0912345678",129\r\n')  # late, and no new call
    box.wait_for(CallerShown)
    waits = '+CLCC: 2,1,{},0,0,"0987654321",129'
    modem.rows = ['+CLCC: 1,1,0,0,0,"0912345678",129', waits.format(5)]

    def end_the_first() -> bytes:
        modem.rows = [waits.format(4)] if len(modem.rows) == 2 else []
        return b"\r\nOK\r\n"

    modem.replies["AT+CHUP"] = end_the_first
    link.hang_up()
    box.wait_for(LineFree)
    (next_call,) = box.wait_for(CallsListed).calls
    assert next_call.stat is Stat.INCOMING
    assert modem.rows == [waits.format(4)]
    assert not {"ATH", "AT+CHLD=12"} & set(modem.commands)


def test_hanging_up_a_call_that_is_gone_spares_who_rings_instead(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start()
    box.wait_for(ModemUp)
    link.answer()
    box.wait_for(Answered)
    modem.rows = ['+CLCC: 1,1,4,0,0,"0987654321",129']
    link.hang_up()
    box.wait_for(LineFree)
    assert len(box.wait_for(CallsListed).calls) == 1
    assert not {"AT+CHUP", "ATH"} & set(modem.commands)


def test_a_call_that_rings_can_be_refused(modem: FakeModem, box: Mailbox, start: Started) -> None:
    link = start()
    box.wait_for(ModemUp)
    modem.rows = ['+CLCC: 1,1,4,0,0,"0912345678",129']

    def refuse() -> bytes:
        modem.rows = []
        return b"\r\nOK\r\n"

    modem.replies["AT+CHUP"] = refuse
    link.hang_up()
    box.wait_for(LineFree)
    assert modem.commands.count("AT+CHUP") == 1
    assert not box.of(CallsListed)


def test_a_volte_call_missing_from_one_list_is_still_a_call(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    """Its row has mode 1, like a data bearer's; the line must not count as idle meanwhile."""
    link = start()
    box.wait_for(ModemUp)
    modem.wait_for("AT+CLCC", 2)  # the first idle round is over
    link.answer()
    box.wait_for(Answered)
    call = '+CLCC: 1,1,0,1,0,"",128'
    for count, rows in enumerate(([call], [], [call]), 1):
        modem.rows = rows
        link.list_calls()
        assert len(box.wait_for(CallsListed, count).calls) == len(rows)


# ---------------------------------------------------------------- losing the modem


def test_unplugging_is_one_loss_and_plugging_in_brings_the_line_back(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(QUICK)
    box.wait_for(ModemUp)
    for count in (1, 2, 3):
        modem.unplug()
        assert "unplugged" in box.wait_for(ModemLost, count).reason
        assert not link.status().up
        modem.plug_in()
        box.wait_for(ModemUp, count + 1)
        modem.say(b"\r\nRING\r\n")
        box.wait_for(Ringing, count)
    assert len(box.of(ModemLost)) == 3


def test_usb_ports_that_change_while_they_are_listed_are_listed_again(
    modem: FakeModem, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyserial takes int() of a sysfs file that has just gone: a TypeError, seen in its source."""
    listings = iter([TypeError("int() argument must not be None"), OSError(errno.ENODEV, "gone")])

    def comports() -> list[object]:
        for error in listings:
            raise error
        return []

    monkeypatch.setattr("serial.tools.list_ports.comports", comports)
    link = ModemLink(ModemConfig(port=str(modem.link)), box.post, QUICK)
    link.start()
    box.wait_for(ModemUp)
    link.close()
    assert not link.alive


def test_unplugging_while_ata_waits_is_noticed_at_once(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["ATA"] = None
    link = start(replace(CALM, answer_s=600.0))
    box.wait_for(ModemUp)
    link.answer()
    modem.wait_for("ATA")
    modem.unplug()
    box.wait_for(ModemLost)


def test_a_mute_modem_is_lost_after_three_misses_and_found_again(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    start(replace(QUICK, reply_s=0.3))
    box.wait_for(ModemUp)
    modem.mute = True
    box.wait_for(ModemLost)
    assert len(box.of(ModemLost)) == 1
    modem.mute = False
    box.wait_for(ModemUp, 2)


def test_one_missed_question_is_asked_again_and_no_loss(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(replace(CALM, reply_s=0.3))
    box.wait_for(ModemUp)
    answers = iter([b""])
    modem.replies["AT+CLCC"] = lambda: next(answers, b"\r\nOK\r\n")
    link.list_calls()
    box.wait_for(CallsListed)
    assert not box.of(ModemLost)


def test_an_ok_that_comes_too_late_does_not_answer_the_next_question(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(replace(CALM, reply_s=0.5))
    box.wait_for(ModemUp)
    modem.rows = ['+CLCC: 1,1,0,0,0,"0912345678",129']
    modem.replies["AT+CPCMREG=0"] = None  # 3 s later its OK comes, just before AT+CSQ's answer
    modem.replies["AT+CSQ"] = b"\r\nOK\r\n\r\n+CSQ: 20,99\r\n\r\nOK\r\n"
    link.unroute_voice()
    modem.wait_for("AT+CPCMREG=0", 2)
    link.list_calls()
    assert len(box.wait_for(CallsListed).calls) == 1


def test_an_escape_goes_out_before_any_question(modem: FakeModem) -> None:
    """At the prompt of a text message whatever comes first would become part of it."""
    port = open_port(str(modem.link), lambda _: None, lambda _: None, 0.3)
    modem.replies["AT+CMGS=10"] = modem.replies["\x1b"] = None
    with pytest.raises(CommandTimeout):
        port.command("AT+CMGS=10", 0.2)
    tolerated(port, "\x1b", 0.2)
    modem.wait_for("\x1b")
    port.close()
    assert modem.commands == ["AT+CMGS=10", "\x1b"]


def test_a_modem_that_refuses_to_list_calls_is_no_use(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(QUICK)
    box.wait_for(ModemUp)
    modem.replies["AT+CLCC"] = b"\r\nERROR\r\n"
    link.list_calls()
    assert "AT+CLCC" in box.wait_for(ModemLost).reason
    assert not box.of(CallsListed)


def test_closing_leaves_no_thread_and_no_port_behind(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start()
    box.wait_for(ModemUp)
    link.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"modem-reader", "modem-link"}
    serial.Serial(str(modem.link), exclusive=True).close()
    assert not box.of(ModemLost)


# ---------------------------------------------------------------- the SIM's PIN


def locked_sim(modem: FakeModem, tries: int, right: str = "1234") -> None:
    state = {"locked": True, "tries": tries}

    def cpin() -> bytes:
        shown = b"SIM PIN" if state["locked"] else b"READY"
        return b"\r\n+CPIN: " + shown + b"\r\n\r\nOK\r\n"

    def enter() -> bytes:
        state["locked"] = False
        return b"\r\nOK\r\n"

    modem.replies["AT+CPIN?"] = cpin
    modem.replies[f'AT+CPIN="{right}"'] = enter
    modem.replies["AT+SPIC"] = lambda: b"\r\n+SPIC: %d,10,0,10\r\n\r\nOK\r\n" % state["tries"]


def pin_file(tmp_path: Path, pin: str) -> Path:
    path = tmp_path / "pin"
    path.write_text(pin + "\n")
    return path


def tried(modem: FakeModem) -> list[str]:
    return [command for command in modem.commands if command.startswith("AT+CPIN=")]


def test_a_sim_with_a_pin_is_unlocked_with_the_file(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    locked_sim(modem, tries=3)
    start(sim_pin_file=pin_file(tmp_path, "1234"))
    box.wait_for(ModemUp)
    assert tried(modem) == ['AT+CPIN="1234"']


def test_a_missing_pin_is_asked_for_in_one_line(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    locked_sim(modem, tries=3)
    start(QUICK)
    reason = box.wait_for(ModemLost).reason
    assert reason.startswith("the SIM asks for a PIN: put it into a file")
    assert "sim_pin_file" in reason
    assert not tried(modem)


def test_the_last_pin_try_is_never_taken(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    locked_sim(modem, tries=1)
    start(QUICK, sim_pin_file=pin_file(tmp_path, "1234"))
    assert "1 PIN tries left" in box.wait_for(ModemLost).reason
    modem.wait_for("AT+SPIC", 3)
    assert not tried(modem)


def test_a_wrong_pin_is_tried_once_and_never_printed(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    locked_sim(modem, tries=3)
    modem.replies['AT+CPIN="9999"'] = b"\r\n+CME ERROR: incorrect password\r\n"
    start(QUICK, sim_pin_file=pin_file(tmp_path, "9999"))
    reason = box.wait_for(ModemLost).reason
    assert "refused the PIN" in reason
    assert "9999" not in reason
    modem.wait_for("AT+CPIN?", 4)
    assert tried(modem) == ['AT+CPIN="9999"']


def test_a_sim_too_busy_for_its_pin_is_asked_again(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    locked_sim(modem, tries=3)
    enter = modem.replies['AT+CPIN="1234"']
    answers = iter([b"\r\n+CME ERROR: 14\r\n"])
    assert callable(enter)
    modem.replies['AT+CPIN="1234"'] = lambda: next(answers, None) or enter()
    start(QUICK, sim_pin_file=pin_file(tmp_path, "1234"))
    box.wait_for(ModemUp)
    assert len(tried(modem)) == 2


def test_a_blocked_or_missing_sim_says_what_to_do(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["AT+CPIN?"] = b"\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"
    link = start(QUICK)
    assert "PUK" in box.wait_for(ModemLost).reason
    modem.replies["AT+CPIN?"] = b"\r\n+CME ERROR: SIM not inserted\r\n"
    until(lambda: "no SIM" in link.status().reason, "still another reason")


def test_a_sim_that_is_busy_at_first_is_waited_for(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    busy = iter([b"\r\n+CME ERROR: SIM busy\r\n"])
    modem.replies["AT+CPIN?"] = lambda: next(busy, b"\r\n+CPIN: READY\r\n\r\nOK\r\n")
    start()
    box.wait_for(ModemUp)


def test_a_port_without_permission_names_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Mailbox()

    def refuse(*_: object, **__: object) -> None:
        raise serial.SerialException(errno.EACCES, "Permission denied")

    monkeypatch.setattr(serial, "Serial", refuse)
    link = ModemLink(ModemConfig(port="/dev/null"), box.post, QUICK)
    link.start()
    assert "dialout" in box.wait_for(ModemLost).reason
    link.close()
