"""The link keeps a modem alive, and does its chores, on a modem on a pseudo-terminal."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import serial

from appliance import rescue as rescuer
from appliance.answering.checkup import ModemStatus
from appliance.answering.events import Answered, ModemLost, ModemUp, Ringing
from appliance.answering.families import probe
from appliance.answering.link import Link
from appliance.answering.modem import ModemLink, Timings, open_port
from appliance.answering.rescuing import Climber
from appliance.config import Config, ModemConfig, StoreConfig
from appliance.errors import HotlineError
from appliance.store import live, rescue
from tests.answering.test_modem import QUICK, FakeModem, until
from tests.sound.listening import Mailbox

MUTE = replace(QUICK, reply_s=0.3, knock_s=0.2)
CHORES = replace(QUICK, chores_after_s=0.0)
CODE = "*101#"
NETWORK = b'\r\n+CCLK: "%s+28"\r\n\r\nOK\r\n'


@pytest.fixture
def modem(tmp_path: Path) -> Iterator[FakeModem]:
    fake = FakeModem(tmp_path / "modem")
    yield fake
    if fake.link.is_symlink():
        fake.unplug()


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


Started = Callable[..., ModemLink]


@pytest.fixture
def start(modem: FakeModem, box: Mailbox) -> Iterator[Started]:
    links: list[ModemLink] = []

    def make(timings: Timings, climber: Climber | None = None, **config: object) -> ModemLink:
        settings = replace(ModemConfig(port=str(modem.link)), **config)  # type: ignore[arg-type]
        links.append(ModemLink(settings, box.post, timings, climber))
        links[-1].start()
        return links[-1]

    yield make
    for link in links:
        link.close()


def shows(link: ModemLink, what: Callable[[ModemStatus], object]) -> None:
    until(lambda: bool(what(link.status())), f"only {link.status()}")


# ---------------------------------------------------------------- the ladder


def test_a_modem_that_says_nothing_is_restarted_by_command_and_comes_back(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    """It hears, and cannot speak: what is sent to it blindly still restarts it."""
    link = start(MUTE)
    box.wait_for(ModemUp)
    modem.mute = True
    box.wait_for(ModemLost)
    modem.wait_for("AT+CFUN=1,1")
    assert link.status().trouble == "modem_silent"
    assert "[modem] port" not in link.status().reason, "the port is right: it was a modem"
    modem.mute = False
    box.wait_for(ModemUp, 2)
    assert modem.commands.count("AT+CFUN=1,1") == 1
    assert len(box.of(ModemLost)) == 1


def test_a_modem_that_refuses_everything_is_restarted_too(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(MUTE)
    box.wait_for(ModemUp)
    healthy = dict(modem.replies)
    modem.replies["AT+CLCC"] = b"\r\nERROR\r\n"
    box.wait_for(ModemLost)
    modem.wait_for("AT+CFUN=1,1")
    assert link.status().trouble == "modem_broken"
    modem.replies = healthy
    box.wait_for(ModemUp, 2)


def test_a_port_that_never_was_a_modem_is_not_sent_a_restart(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.mute = True
    link = start(MUTE)
    box.wait_for(ModemLost)
    modem.wait_for("AT", 9)
    assert "AT+CFUN=1,1" not in modem.commands
    assert link.status().trouble == "port_wrong"


def usb_of(sysfs: Path, modem: FakeModem, place: str) -> None:
    """Make the pseudo-terminal look like the tty of a SIMCom modem."""
    tty = sysfs / "class/tty" / modem.link.resolve().name
    device = sysfs / "devices/usb1" / place / f"{place}:1.2" / tty.name
    device.mkdir(parents=True, exist_ok=True)
    tty.mkdir(parents=True, exist_ok=True)
    if not (tty / "device").is_symlink():
        (tty / "device").symlink_to(device)
    (sysfs / "devices/usb1" / place / "idVendor").write_text("1e0e\n")
    (sysfs / "devices/usb1" / place / "authorized").write_text("1")
    listed = sysfs / "bus/usb/devices"
    listed.mkdir(parents=True, exist_ok=True)
    if not (listed / place).is_symlink():
        (listed / place).symlink_to(sysfs / "devices/usb1" / place)


@dataclass
class Root:
    """The path unit: obeys a request as soon as it lies there; the modem starts in boot_s."""

    config: Config
    sysfs: Path
    modem: FakeModem
    boot_s: float
    off_s: float | None = None

    def __post_init__(self) -> None:
        self.stop = threading.Event()
        self.done: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self.stop.set()
        self._thread.join()

    def _run(self) -> None:
        request = self.config.store.run_dir / rescue.FOLDER / rescue.REQUEST
        while not self.stop.wait(0.02):
            if request.exists():
                try:
                    machine = rescuer.Machine(self.sysfs, run=print, pause=self._cut)
                    self.done.append(rescuer.obey(self.config, machine))
                except HotlineError as error:
                    self.done.append(str(error))

    def _cut(self, seconds: float) -> None:
        self.modem.unplug()
        self.stop.wait(seconds if self.off_s is None else self.off_s)
        threading.Timer(self.boot_s, self._boot).start()

    def _boot(self) -> None:
        self.modem.mute = False
        self.modem.plug_in()
        usb_of(self.sysfs, self.modem, "1-1.2")


@pytest.fixture
def store(tmp_path: Path) -> StoreConfig:
    made = StoreConfig(tmp_path / "state", tmp_path / "run")
    made.state_dir.mkdir()
    made.run_dir.mkdir()
    return made


def test_a_modem_that_only_a_power_cut_brings_back_gets_one(
    modem: FakeModem, box: Mailbox, start: Started, store: StoreConfig, tmp_path: Path
) -> None:
    sysfs = tmp_path / "sys"
    usb_of(sysfs, modem, "1-1.2")
    root = Root(Config(store=store), sysfs, modem, boot_s=0.2, off_s=0.1)
    began = time.monotonic()
    quick = Climber(store, lambda: 50_000 + 30 * (time.monotonic() - began), sysfs)
    start(MUTE, quick)
    box.wait_for(ModemUp)
    modem.mute = True
    box.wait_for(ModemUp, 2)
    root.end()
    assert root.done == ["the USB device 1-1.2 was taken away and given back"]
    assert modem.commands.count("AT+CFUN=1,1") >= 1
    until(lambda: quick.memory.down_since is None, "still counted as down")


@pytest.mark.long
def test_a_silent_modem_is_noticed_in_35_s_and_back_in_90_s_with_the_real_timings(
    modem: FakeModem, box: Mailbox, start: Started, store: StoreConfig, tmp_path: Path
) -> None:
    """The worst of them: deaf too, so that only a power cut helps; it takes 20 s to start."""
    sysfs = tmp_path / "sys"
    usb_of(sysfs, modem, "1-1.2")
    root = Root(Config(store=store), sysfs, modem, boot_s=20.0)
    link = start(Timings(), Climber(store, sysfs=sysfs))
    box.wait_for(ModemUp)
    modem.wait_for("AT+COPS?")
    modem.wait_for("AT+CLCC", 2)  # the round of questions is over: the next one is 10 s away
    modem.mute = True
    mute_at = time.monotonic()
    until_s(lambda: bool(box.of(ModemLost)), 40)
    noticed_s = time.monotonic() - mute_at
    until_s(lambda: len(box.of(ModemUp)) == 2, 120)
    back_s = time.monotonic() - mute_at
    root.end()
    shows(link, lambda status: status.up)
    print(f"noticed after {noticed_s:.1f} s, back after {back_s:.1f} s")
    assert noticed_s <= 35.0
    assert back_s <= 90.0


def until_s(true: Callable[[], bool], at_most_s: float) -> None:
    deadline = time.monotonic() + at_most_s
    while not true():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def test_chores_do_not_hide_that_the_modem_has_fallen_silent(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    """A chore tolerates silence; that it ends well must not count as an answer."""
    start(replace(MUTE, chores_after_s=0.0))
    box.wait_for(ModemUp)
    modem.wait_for("AT+CIREG?")
    modem.mute = True
    muted_at = time.monotonic()
    box.wait_for(ModemLost)
    assert time.monotonic() - muted_at < 10.0


# ---------------------------------------------------------------- under another name


@dataclass
class UsbPort:
    device: str
    location: str | None
    vid: int | None = 0x1E0E
    pid: int | None = 0x9001


def test_a_modem_that_comes_back_under_another_number_is_found_by_its_usb_id(
    tmp_path: Path, box: Mailbox
) -> None:
    modem = FakeModem(tmp_path / "ttyUSB2")
    ports: list[probe.UsbPort] = [UsbPort(str(modem.link), "1-1.2:1.2")]
    link = Link(ModemConfig(port="auto"), box.post, open_port, QUICK, lambda: list(ports))
    link.start()
    box.wait_for(ModemUp)
    modem.unplug()
    ports.clear()
    box.wait_for(ModemLost)
    modem.link = tmp_path / "ttyUSB7"
    modem.plug_in()
    ports.append(UsbPort(str(modem.link), "1-1.4:1.2"))
    back_at = time.monotonic()
    box.wait_for(ModemUp, 2)
    assert time.monotonic() - back_at <= 15.0
    modem.say(b"\r\nRING\r\n")
    box.wait_for(Ringing)
    link.close()
    modem.unplug()


# ---------------------------------------------------------------- what is wrong, by name


@pytest.mark.parametrize(
    ("answer", "code", "advice"),
    [
        (b"\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n", "sim_puk", "PUK"),
        (b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", "sim_pin", "sim_pin_file"),
        (b"\r\n+CPIN: PH-NET PIN\r\n\r\nOK\r\n", "sim_other", "phone"),
        (b"\r\n+CME ERROR: 10\r\n", "sim_missing", "insert it"),
        (b"\r\n+CME ERROR: SIM not inserted\r\n", "sim_missing", "insert it"),
    ],
)
def test_a_sim_that_cannot_be_used_has_its_own_name(
    modem: FakeModem, box: Mailbox, start: Started, answer: bytes, code: str, advice: str
) -> None:
    modem.replies["AT+CPIN?"] = answer
    link = start(QUICK)
    box.wait_for(ModemLost)
    assert link.status().trouble == code
    assert advice in link.status().reason


def test_a_pin_with_one_try_left_has_its_own_name(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    (tmp_path / "pin").write_text("1234")
    modem.replies["AT+CPIN?"] = b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    modem.replies["AT+SPIC"] = b"\r\n+SPIC: 1,10,0,10\r\n\r\nOK\r\n"
    link = start(QUICK, sim_pin_file=tmp_path / "pin")
    box.wait_for(ModemLost)
    assert link.status().trouble == "sim_last_try"


def test_a_pin_with_one_try_left_is_not_asked_for_in_vain(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["AT+CPIN?"] = b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    modem.replies["AT+SPIC"] = b"\r\n+SPIC: 1,10,0,10\r\n\r\nOK\r\n"
    link = start(QUICK)
    assert "unlock it in a phone" in box.wait_for(ModemLost).reason
    assert link.status().trouble == "sim_last_try"


def test_a_wrong_pin_is_not_tried_again_by_a_restarted_process(
    modem: FakeModem, box: Mailbox, start: Started, store: StoreConfig, tmp_path: Path
) -> None:
    (tmp_path / "pin").write_text("9999")
    live.prepare(store.run_dir)
    modem.replies["AT+CPIN?"] = b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    modem.replies["AT+SPIC"] = b"\r\n+SPIC: 3,10,0,10\r\n\r\nOK\r\n"
    modem.replies['AT+CPIN="9999"'] = b"\r\n+CME ERROR: incorrect password\r\n"
    for times in (1, 2, 3):
        link = start(QUICK, Climber(store), sim_pin_file=tmp_path / "pin")
        assert "refused the PIN" in box.wait_for(ModemLost, times).reason
        assert link.status().trouble == "sim_pin_wrong"
        link.close()
    assert modem.commands.count('AT+CPIN="9999"') == 1
    assert "9999" not in "".join(
        file.read_text() for file in (store.run_dir / rescue.FOLDER).iterdir()
    )


def test_no_pin_is_tried_when_its_refusal_could_not_be_remembered(
    modem: FakeModem, box: Mailbox, start: Started, store: StoreConfig, tmp_path: Path
) -> None:
    (tmp_path / "pin").write_text("1234")
    modem.replies["AT+CPIN?"] = b"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"
    modem.replies["AT+SPIC"] = b"\r\n+SPIC: 3,10,0,10\r\n\r\nOK\r\n"
    store.run_dir.rmdir()
    start(QUICK, Climber(store), sim_pin_file=tmp_path / "pin")
    assert "cannot write" in box.wait_for(ModemLost).reason
    assert 'AT+CPIN="1234"' not in modem.commands


def test_a_port_that_another_program_holds_names_that_program(
    modem: FakeModem, box: Mailbox, start: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getpid", lambda: -1)  # this very process shall be the other one
    other = serial.Serial(str(modem.link), exclusive=True)
    link = start(QUICK)
    reason = box.wait_for(ModemLost).reason
    assert "in use by " in reason
    assert "stop it" in reason
    assert f"({os.path.basename(os.readlink('/proc/self'))})" in reason  # noqa: PTH115, PTH119
    assert link.status().trouble == "port_busy"
    other.close()
    box.wait_for(ModemUp)


def test_a_missing_port_has_its_own_name(
    modem: FakeModem, box: Mailbox, start: Started, tmp_path: Path
) -> None:
    link = start(QUICK, port=str(tmp_path / "nothing"))
    box.wait_for(ModemLost)
    assert link.status().trouble == "port_missing"


def test_a_refusing_network_is_told_from_a_missing_one(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    modem.replies["AT+CREG?"] = b"\r\n+CREG: 2,3\r\n\r\nOK\r\n"
    modem.replies["AT+CEREG?"] = b"\r\n+CEREG: 2,3\r\n\r\nOK\r\n"
    link = start(QUICK)
    shows(link, lambda status: status.refused)
    assert link.status().registered is False
    modem.replies["AT+CEREG?"] = b"\r\n+CEREG: 2,1\r\n\r\nOK\r\n"
    shows(link, lambda status: status.registered and not status.refused)


# ---------------------------------------------------------------- chores


def test_the_chores_fill_the_status(modem: FakeModem, box: Mailbox, start: Started) -> None:
    modem.replies["AT+QLTS=1"] = b"\r\nERROR\r\n"
    modem.replies["AT+CCLK?"] = lambda: (
        NETWORK
        % time.strftime("%y/%m/%d,%H:%M:%S", time.gmtime(time.time() + 7 * 3600 + 900)).encode(
            "ascii"
        )
    )
    modem.replies["AT+CIREG?"] = b"\r\n+CIREG: 2,1,15\r\n\r\nOK\r\n"
    modem.replies["AT+CCFC=2,2"] = b'\r\n+CCFC: 1,1,"+84900000000",145,,,20\r\n\r\nOK\r\n'
    link = start(CHORES)
    shows(link, lambda status: status.voicemail)
    status = link.status()
    assert status.volte is True
    assert status.clock_off_s == pytest.approx(900, abs=5)
    assert status.diverted is None


def test_the_modems_own_call_lists_are_wiped_after_a_call_and_not_during_one(
    modem: FakeModem, box: Mailbox, start: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.answering.call_rows.RING_OVER_S", 0.5)
    modem.replies["AT+CPBS?"] = b'\r\n+CPBS: "RC",1,20\r\n\r\nOK\r\n'
    link = start(CHORES)
    box.wait_for(ModemUp)
    modem.say(b'\r\nRING\r\n\r\n+CLIP: "0912345678",129\r\n')
    box.wait_for(Ringing)
    link.answer()
    box.wait_for(Answered)
    modem.rows = ['+CLCC: 1,1,0,0,0,"0912345678",129']
    modem.wait_for("AT+CLCC", modem.commands.count("AT+CLCC") + 3)
    assert 'AT+CPBS="RC"' not in modem.commands
    modem.rows = []
    link.hang_up()
    modem.wait_for('AT+CPBS="RC"')
    modem.wait_for("AT+CPBW=1")
    modem.wait_for('AT+CPBS="SM"')


def test_a_ring_in_the_middle_of_a_chore_is_answered_before_its_next_command(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    asked = threading.Event()
    go = threading.Event()

    def slow() -> bytes:
        asked.set()
        go.wait(20)
        return b"\r\nRING\r\n\r\n+CCFC: 0,1\r\n\r\nOK\r\n"

    modem.replies["AT+CCFC=0,2"] = slow
    link = start(replace(CHORES, probe_s=600.0, reply_s=20.0))
    assert asked.wait(20)
    link.answer()
    go.set()
    box.wait_for(Answered)
    sent = modem.commands[modem.commands.index("AT+CCFC=0,2") + 1 :]
    assert sent[0] == "ATA"
    assert "AT+CCFC=1,2" not in sent


def test_the_balance_is_read_from_the_operators_answer(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(CHORES, balance_ussd=CODE)
    modem.wait_for(f'AT+CUSD=1,"{CODE}",15')
    modem.say(b'\r\n+CUSD: 1,"TKG: 12.345d, HSD: 0h ngay 01/02/2027",15\r\n')
    shows(link, lambda status: status.credit.balance == 12_345)
    assert link.status().credit.until == "2027-02-01"
    modem.wait_for("AT+CUSD=2")


def test_what_an_operator_sends_unasked_is_no_balance(
    modem: FakeModem, box: Mailbox, start: Started
) -> None:
    link = start(CHORES)
    box.wait_for(ModemUp)
    modem.say(b'\r\n+CUSD: 0,"Nap the ngay 50.000d",15\r\n\r\nRING\r\n')
    box.wait_for(Ringing)
    assert link.status().credit.balance is None
    assert not [text for text in modem.commands if text.startswith("AT+CUSD=1")]
