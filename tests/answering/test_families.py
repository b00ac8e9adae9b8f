"""What each family says to its modem, and which modems are turned away, with the reason."""

import pytest

from appliance.answering import families
from appliance.answering.at import Reply
from appliance.answering.at_lines import Final, parse_calls
from appliance.answering.families import choice
from appliance.answering.families.a7670 import A7670
from appliance.answering.families.base import Family, Refused
from appliance.answering.families.huawei import Huawei
from appliance.answering.families.quectel import Quectel, QuectelUac
from appliance.answering.families.refusals import why_refused
from appliance.answering.families.sim7600 import Sim7600
from appliance.config import FAMILIES
from appliance.errors import CommandRefused, CommandTimeout, ModemError, ModemLost

ALL = (Family, *families.KNOWN)


class Modem:
    """Answers OK, or what it was told; a Final refuses, None does not answer."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.replies: dict[str, Reply | None] = {}

    def will(self, command: str, *lines: str) -> "Modem":
        self.replies[command] = Reply(command, lines, Final(True, "OK"))
        return self

    def refuses(self, command: str) -> "Modem":
        self.replies[command] = Reply(command, (), Final(False, "ERROR"))
        return self

    def ignores(self, command: str) -> "Modem":
        self.replies[command] = None
        return self

    def command(self, text: str, timeout_s: float | None = None) -> tuple[str, ...]:
        self.sent.append(text)
        reply = self.replies.get(text, Reply(text, (), Final(True, "OK")))
        if reply is None:
            raise CommandTimeout("no answer")
        if not reply.final.ok:
            raise Refused(text, reply.final)
        return reply.lines

    def pause(self, seconds: float) -> None:
        pass


# ---------------------------------------------------------------- preparing


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_every_family_asks_for_the_callers_number_and_leaves_the_answering_to_us(
    kind: type[Family],
) -> None:
    modem = Modem()
    kind().prepare(modem)
    assert {"AT+CLIP=1", "ATS0=0", 'AT+CSCS="GSM"', "AT+CMGF=0"} <= set(modem.sent)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_no_family_writes_what_only_a_technician_may(kind: type[Family]) -> None:
    """Data connections, and settings of VoLTE and USB that outlive a restart."""
    modem = Modem()
    family = kind()
    family.prepare(modem)
    family.volte(modem)
    family.pin_tries(modem)
    forbidden = (
        *("ATD", "ATZ", "AT&F", "AT&W", "AT+CGACT", "AT+CGDCONT", "AT+CNMP", "AT+CAVIMS"),
        *("AT+CEVDP", "AT+CEMODE", "AT+QMBNCFG", "AT+CUSBPIDSWITCH", "AT+CFUN", "AT+CPIN="),
    )
    for text in modem.sent:
        assert not text.startswith(forbidden), text
        assert not text.startswith("AT+QCFG") or text.count(",") == 0, text


@pytest.mark.parametrize("kind", [Family, Sim7600, A7670, Quectel], ids=lambda kind: kind.name)
def test_a_modem_that_refuses_every_setting_is_prepared_all_the_same(kind: type[Family]) -> None:
    modem = Modem()
    for text in (*kind.settings, *kind.gains):
        modem.refuses(text)
    kind().prepare(modem)
    assert set(kind.gains) <= set(modem.sent)


def test_a_quectel_tells_its_calls_to_our_port_and_keeps_satellites_out_of_the_sound() -> None:
    modem = Modem()
    Quectel().prepare(modem)
    assert modem.sent.index('AT+QURCCFG="urcport","usbat"') > 0
    assert {'AT+QINDCFG="ccinfo",1,0', "AT^DSCI=1", "AT+QTONEDET=1"} <= set(modem.sent)
    assert 'AT+QGPSCFG="outport","none"' in modem.sent


@pytest.mark.parametrize(
    ("mode", "written"), [("+QAUDMOD: 3", False), ("+QAUDMOD: 2", True), (None, False)]
)
def test_a_quectels_audio_mode_is_written_only_where_it_is_another(
    mode: str | None, written: bool
) -> None:
    """Its writing is said to take the ports away for a moment."""
    modem = Modem()
    modem = modem.will("AT+QAUDMOD?", mode) if mode else modem.refuses("AT+QAUDMOD?")
    Quectel().prepare(modem)
    assert ("AT+QAUDMOD=3" in modem.sent) is written


@pytest.mark.parametrize("lines", [("^CVOICE:0,8000,16,20",), ("^CVOICE: 0",), ()])
def test_a_huawei_stick_with_voice_is_taken(lines: tuple[str, ...]) -> None:
    Huawei().prepare(Modem().will("AT^CVOICE?", *lines))


@pytest.mark.parametrize(
    "modem", [Modem().will("AT^CVOICE?", "^CVOICE:1"), Modem().refuses("AT^CVOICE?")]
)
def test_a_huawei_stick_whose_voice_is_locked_is_turned_away(modem: Modem) -> None:
    with pytest.raises(ModemError, match="no voice to the computer"):
        Huawei().prepare(modem)


def test_a_huawei_stick_too_busy_to_say_is_taken() -> None:
    Huawei().prepare(Modem().ignores("AT^CVOICE?"))


# ---------------------------------------------------------------- the sound


@pytest.mark.parametrize(
    ("kind", "on", "off"),
    [
        (Sim7600, ["AT+CPCMREG=1"], ["AT+CPCMREG=0"]),
        (Quectel, ["AT+QPCMV=1,0"], ["AT+QPCMV=0"]),
        (QuectelUac, ["AT+QPCMV=1,2"], ["AT+QPCMV=0"]),
        (Huawei, ["AT^DDSETEX=2"], []),
        (A7670, [], []),
        (Family, [], []),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_sound_is_brought_and_taken_in_the_familys_words(
    kind: type[Family], on: list[str], off: list[str]
) -> None:
    modem = Modem()
    kind().route_voice(modem)
    assert modem.sent == on
    kind().unroute_voice(modem)
    assert modem.sent == on + off


@pytest.mark.parametrize(
    ("kind", "command"),
    [(Sim7600, "AT+CPCMREG=1"), (Quectel, "AT+QPCMV=1,0"), (Huawei, "AT^DDSETEX=2")],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_sound_that_comes_too_early_is_refused_so_that_it_is_asked_again(
    kind: type[Family], command: str
) -> None:
    with pytest.raises(CommandRefused):
        kind().route_voice(Modem().refuses(command))


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_giving_back_the_sound_never_fails(kind: type[Family]) -> None:
    modem = Modem()
    for text in ("AT+CPCMREG=0", "AT+QPCMV=0"):
        modem.refuses(text)
    kind().unroute_voice(modem)


# ---------------------------------------------------------------- hanging up

LEFT = parse_calls(['+CLCC: 2,1,0,0,0,"0912345678",129'])


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_a_call_that_nothing_ends_costs_a_restart_in_every_family(kind: type[Family]) -> None:
    modem = Modem()
    with pytest.raises(ModemLost, match="restarted"):
        kind().hang_up(modem, lambda: LEFT)
    assert modem.sent[0] == "AT+CHUP"
    assert modem.sent[-2:] == ["AT+CHLD=12", "AT+CFUN=1,1"]


def test_a_quectel_is_asked_for_the_one_call_by_its_number_first() -> None:
    modem = Modem()

    def left() -> tuple[object, ...]:
        return () if "AT+QHUP=16,2" in modem.sent else LEFT

    Quectel().hang_up(modem, left)  # type: ignore[arg-type]
    assert "AT+CFUN=1,1" not in modem.sent


# ---------------------------------------------------------------- the SIM, voice over LTE


@pytest.mark.parametrize(
    ("kind", "command", "line", "tries"),
    [
        (Sim7600, "AT+SPIC", "+SPIC: 3,10,0,10", 3),
        (A7670, "AT+SPIC", "+SPIC: 1,10,0,10", 1),
        (Quectel, "AT+QPINC?", '+QPINC: "SC",3,10', 3),
        (Quectel, "AT+QPINC?", '+QPINC: "P2",3,10', None),
        (Quectel, "AT+QPINC?", '+QPINC: "SC"', None),
        (Huawei, "AT^CPIN?", "^CPIN: SIM PIN,2,10,2,10,3", 2),
        (Huawei, "AT^CPIN?", "^CPIN: READY,,10,3,10,3", 3),
        (Huawei, "AT^CPIN?", "^CPIN: SIM PIN,2", None),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_tries_for_a_pin_are_read_in_the_familys_words(
    kind: type[Family], command: str, line: str, tries: int | None
) -> None:
    assert kind().pin_tries(Modem().will(command, line)) == tries
    assert kind().pin_tries(Modem().refuses(command)) is None


@pytest.mark.parametrize(
    ("line", "known"),
    [("+CIREG: 2,1,15", True), ("+CIREG: 0,0", False), ("+CIREG: 0,1", True), ("", None)],
)
def test_voice_over_lte_is_read(line: str, known: bool | None) -> None:
    assert Family().volte(Modem().will("AT+CIREG?", line)) is known


def test_a_quectel_without_cireg_tells_it_otherwise() -> None:
    modem = Modem().refuses("AT+CIREG?").will('AT+QCFG="ims"', '+QCFG: "ims",1,1')
    assert Quectel().volte(modem) is True


# ---------------------------------------------------------------- which family


@pytest.mark.parametrize(
    ("configured", "model", "name"),
    [
        ("auto", "SIMCOM_SIM7600G-H", "sim7600"),
        ("auto", "SIM7600E-H", "sim7600"),
        ("auto", "A7670E-FASE", "a7670"),
        ("auto", "A7672SA-FASE", "a7670"),
        ("auto", "SIMCOM_A7670SA-LASE", "a7670"),
        ("auto", "EC25", "quectel"),
        ("auto", "EC20F", "quectel"),
        ("auto", "EG25-G", "quectel"),
        ("auto", "EC200U", "generic"),  # other silicon, without sound over USB
        ("auto", "E1752", "huawei"),
        ("auto", "K3715", "huawei"),
        ("auto", "MF190", "generic"),
        ("auto", "", "generic"),
        ("sim7600", "", "sim7600"),
        ("generic", "SIMCOM_SIM7600G-H", "generic"),
        ("quectel-uac", "EC25", "quectel-uac"),
    ],
)
def test_the_family_is_the_configured_or_the_models(configured: str, model: str, name: str) -> None:
    made = choice.choose(configured, model)
    assert (made.family.name, made.other_family) == (name, None)


def test_the_usb_id_decides_for_a_modem_that_does_not_name_itself() -> None:
    assert choice.choose("auto", "", usb=(Quectel,)).family.name == "quectel"
    assert choice.choose("auto", "LE11B14SIM5320", usb=(Sim7600,)).family.name == "sim7600"


def test_a_name_decides_between_two_families_with_one_usb_id() -> None:
    assert choice.choose("auto", "A7670E-FASE", usb=(Sim7600, A7670)).family.name == "a7670"


def test_a_modem_of_another_family_than_configured_works_and_the_line_says_so() -> None:
    made = choice.choose("sim7600", "EC25")
    assert made.family.name == made.other_family == "quectel"


def test_every_configurable_family_exists() -> None:
    assert ("auto", *(kind.name for kind in families.KNOWN), Family.name) == FAMILIES


# ---------------------------------------------------------------- turned away


@pytest.mark.parametrize(
    "model",
    ["SIMCOM_SIM800L", "SIM800C", "SIMCOM_SIM900", "SIM868", "Quectel_M26", "M26", "MC60", "A6"],
)
def test_a_2g_modem_is_turned_away_because_vietnam_has_no_2g(model: str) -> None:
    with pytest.raises(ModemError, match="only 2G") as raised:
        choice.choose("auto", model)
    assert model in str(raised.value)
    assert "SIM7600" in str(raised.value)


@pytest.mark.parametrize(
    ("model", "revision"),
    [
        ("SIM7670G", ""),
        ("SIMCOM_SIM7672G", ""),
        ("SIM7000E", ""),
        ("SIMCOM_SIM7080G", ""),
        ("A7670E-LNXY-UBL", "A7670M6_V1.11.1"),
        ("A7670E", "A7670E-LNXY-UBL"),
        ("E3372h-153", ""),
        ("ME909s-120", ""),
    ],
)
def test_a_modem_without_voice_is_turned_away(model: str, revision: str) -> None:
    with pytest.raises(ModemError, match="no voice"):
        choice.choose("auto", model, revision)


@pytest.mark.parametrize("configured", ["sim7600", "generic", "quectel"])
def test_naming_a_family_does_not_give_a_modem_a_voice(configured: str) -> None:
    with pytest.raises(ModemError, match="only 2G"):
        choice.choose(configured, "SIM800L")


@pytest.mark.parametrize(
    ("model", "revision"),
    [
        ("SIMCOM_SIM7600G-H", "LE20B04SIM7600G22"),
        ("SIM7600SA-H", "SIM7600M21-A_V2.0.2"),
        ("A7670E-FASE", "A011B07A7670M7_F"),
        ("A7672SA-FASE", ""),
        ("A7608E-H", ""),
        ("EC25", "EC25EFAR06A06M4G"),
        ("EG25-G", "EG25GGBR07A08M2G"),
        ("SIM8200EA-M2", ""),
        ("E1752", "11.126.08.00.00"),
        ("", ""),
        ("<script>", "\u202e"),
    ],
)
def test_a_modem_with_voice_or_an_unknown_one_is_given_a_try(model: str, revision: str) -> None:
    assert why_refused(model, revision) is None
