"""SMS in both directions, with the software modem's stores and their faults."""

import datetime
import importlib
from typing import Any

import pytest

from appliance.simulating import sms_delivery
from tests.simulating.parts import Bench, Desk, MakeBench, wait_until
from tests.simulating.test_commands import hotline

library: Any = importlib.import_module("gsmmodem.pdu")
NOW = datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC)
VIETNAMESE = "Nhà bên cạnh cháy, có người mắc kẹt ở tầng hai. " * 3


def submits(text: str, *, report: bool = False) -> list[tuple[str, int]]:
    made = library.encodeSmsSubmitPdu("+84912345678", text, requestStatusReport=report)
    return [(str(one), one.tpduLength) for one in made]


def delivered(desk: Desk, text: str, *, order: tuple[int, ...] | None = None) -> list[str]:
    """What the modem prints while the network delivers a text."""
    desk.subscription.receive("+84987654321", text, NOW, order)
    lines: list[str] = []
    while desk.subscription.waiting:
        told = desk.dialect.sms.arrive(desk.subscription.waiting[0])
        if told is None:
            break
        desk.subscription.waiting.popleft()
        lines += told
    return lines


def texts(rows: list[str]) -> list[str]:
    return [library.decodeSmsPdu(row)["text"] for row in rows if row[:2] in ("00", "07")]


@pytest.mark.parametrize(("family", "store"), [("sim7600", "ME"), ("huawei", "SM")])
def test_a_message_is_announced_listed_read_and_deleted(family: str, store: str) -> None:
    desk = Desk(family)
    assert delivered(desk, "Xin chao") == [f'+CMTI: "{store}",1']
    assert desk.run("+CPMS?")[0].startswith(f'+CPMS: "{store}",1,')
    listed = desk.run("+CMGL=4")
    assert listed[0].startswith("+CMGL: 1,0,,")
    assert texts(listed) == ["Xin chao"]
    assert int(listed[0].rpartition(",")[2]) == library.decodeSmsPdu(listed[1])["tpdu_length"]
    assert desk.run("+CMGL=0") == ["OK"]  # listing has marked it as read
    assert texts(desk.run("+CMGR=1")) == ["Xin chao"]
    assert desk.run("+CMGD=1") == ["OK"]
    assert desk.run("+CMGR=1") == ["+CMS ERROR: 321"]
    assert desk.run("+CMGL=4") == ["OK"]


def test_parts_come_in_any_order_and_one_may_be_missing() -> None:
    desk = Desk()
    assert len(delivered(desk, VIETNAMESE)) == 3
    assert "".join(texts(desk.run("+CMGL=4"))) == VIETNAMESE
    assert desk.run("+CMGD=1,4") == ["OK"]
    assert len(delivered(desk, VIETNAMESE, order=(3, 1))) == 2
    parts = [library.decodeSmsPdu(row)["udh"][0] for row in desk.run("+CMGL=4") if row[:2] == "07"]
    assert [part.number for part in parts] == [3, 1]


def test_long_texts_with_a_wide_reference() -> None:
    desk = Desk("generic", "sms-wide-reference")
    assert len(delivered(desk, VIETNAMESE)) == 3
    assert all("060804" in row for row in desk.run("+CMGL=4") if row[:2] == "07")


def test_a_full_store_leaves_messages_in_the_network() -> None:
    desk = Desk("generic", "sms-full")
    for number in range(12):
        delivered(desk, f"text {number}")
    assert desk.run("+CPMS?")[0].startswith('+CPMS: "SM",10,10,')
    assert len(desk.subscription.waiting) == 2
    desk.run("+CMGD=2")
    assert delivered(desk, "one more") == ['+CMTI: "SM",2']


def test_messages_outlive_a_power_cut() -> None:
    desk = Desk()
    delivered(desk, "kept")
    desk.restart()
    assert texts(desk.run("+CMGL=4")) == ["kept"]


def test_the_host_may_want_messages_directly_or_without_a_word() -> None:
    desk = Desk()
    desk.run("+CNMI=2,2,0,0,0")
    line, message = delivered(desk, "direct")
    assert (line.startswith("+CMT: ,"), texts([message])) == (True, ["direct"])
    assert desk.run("+CMGL=4") == ["OK"]
    desk.run("+CNMI=2,0,0,0,0")
    assert delivered(desk, "silent") == []
    assert texts(desk.run("+CMGL=4")) == ["silent"]


def test_stores_are_chosen_by_name() -> None:
    desk = Desk()
    assert desk.run('+CPMS="ME","ME","ME"') == ["+CPMS: 0,100,0,100,0,100", "OK"]
    assert delivered(desk, "x") == ['+CMTI: "ME",1']
    assert desk.run('+CPMS="XX"') == ["ERROR"]


@pytest.mark.parametrize(
    ("fault", "error"), [("no-sim", 310), ("pin-required", 311), ("sim-blocked", 311)]
)
def test_without_an_open_sim_there_is_no_sms(fault: str, error: int) -> None:
    assert Desk("generic", fault).run("+CMGL=4") == [f"+CMS ERROR: {error}"]


def test_text_mode_is_refused() -> None:
    desk = Desk()
    desk.run("+CMGF=1")
    assert desk.run('+CMGS="0912345678"') == ["+CMS ERROR: 303"]


def send(desk: Desk, submit: str | None, length: int) -> list[str]:
    reply = desk.dialect.run(f"+CMGS={length}", 0.0)
    assert reply.prompt
    done = reply.prompt(submit)
    return [*done.lines, done.final]


def test_what_the_box_sends_is_kept_by_the_network() -> None:
    desk = Desk()
    for reference, (submit, length) in enumerate(submits(VIETNAMESE)):
        assert send(desk, submit, length) == [f"+CMGS: {reference}", "OK"]
    sent = desk.subscription.sent
    assert "".join(message.text for message in sent) == VIETNAMESE
    assert {message.number for message in sent} == {"+84912345678"}
    assert [message.part for message in sent] == [(0, 3, 1), (0, 3, 2), (0, 3, 3)]
    assert not desk.subscription.waiting


@pytest.mark.parametrize("submit", ["", "zz", "00", "0011", submits("x")[0][0] + "00"])
def test_a_bad_pdu_is_refused(submit: str) -> None:
    desk = Desk()
    assert send(desk, submit, submits("x")[0][1]) == ["+CMS ERROR: 304"]
    assert desk.subscription.sent == []


def test_nothing_is_sent_when_it_is_given_up_or_the_network_refuses() -> None:
    assert send(Desk(), None, 20) == ["OK"]
    assert send(Desk("generic", "no-network"), *submits("x")[0]) == ["+CMS ERROR: 331"]
    assert send(Desk("generic", "no-credit"), *submits("x")[0]) == ["+CMS ERROR: 21"]
    assert Desk().run("+CMGS=0") == ["+CMS ERROR: 304"]


@pytest.mark.parametrize(("ds", "start"), [(0, None), (1, "+CDS: "), (2, '+CDSI: "SM",1')])
def test_a_delivery_report_comes_as_the_host_wants_it(ds: int, start: str | None) -> None:
    desk = Desk()
    desk.run(f"+CNMI=2,1,0,{ds},0")
    send(desk, *submits("x", report=True)[0])
    report = desk.subscription.waiting.popleft()
    assert report.is_report
    lines = desk.dialect.sms.arrive(report)
    assert lines is not None
    assert lines[0].startswith(start) if start else lines == ()
    assert library.decodeSmsPdu(report.pdu)["type"] == "SMS-STATUS-REPORT"


# ------------------------------------------------------------------------------ on real ports


def test_a_neighbour_texts_the_box_and_it_answers(bench: Bench) -> None:
    words = ("--from", "+84987654321", "--text", VIETNAMESE)
    done = hotline("sms", "--control", bench.control, *words)
    assert (done.returncode, done.stdout) == (0, "sent in 3 parts\n")
    for index in (1, 2, 3):
        assert bench.host.expect("+CMTI")[-1] == f'+CMTI: "ME",{index}'
    assert "".join(texts(bench.host.send("AT+CMGL=4"))) == VIETNAMESE
    submit, length = submits("Da nhan. Cam on.", report=True)[0]
    assert bench.host.text(submit, length)[-2:] == ["+CMGS: 0", "OK"]
    assert bench.host.expect("+CDS:")
    sent = bench.line.ask("list_sent")["sent"]
    assert sent == [
        {
            "number": "+84912345678",
            "text": "Da nhan. Cam on.",
            "report_wanted": True,
            "part": None,
        }
    ]


def test_a_ring_does_not_disturb_a_message_being_written(bench: Bench) -> None:
    submit, length = submits("x")[0]
    bench.host.at.write(f"AT+CMGS={length}\r".encode())
    bench.host.read_until(lambda: bench.host.raw.endswith(b"> "), "the prompt")
    bench.line.place_call()
    bench.host.expect("+CRING")
    bench.host.at.write(submit.encode() + b"\x1a")
    bench.host.expect("+CMGS: 0")
    bench.host.expect("OK")


def test_a_message_for_a_modem_that_is_off_comes_when_it_is_back(bench: Bench) -> None:
    bench.line.ask("unplug")
    assert bench.line.ask("sms", **{"from": "191", "text": "quang cao"})["parts"] == 1
    assert bench.line.ask("status")["sms_waiting"] == 1
    bench.line.ask("replug")
    wait_until(lambda: bench.line.ask("status")["sms_stored"] == 1, "the message")


def test_one_place_freed_in_a_full_store_brings_the_next_message(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sms_delivery, "GAP_S", 0.01)
    bench = make_bench("sms-full")
    for number in range(11):
        bench.line.ask("sms", **{"from": "191", "text": str(number)})
    for _ in range(10):
        bench.host.expect("+CMTI")
    assert bench.host.send("AT+CMGD=2") == ["OK"]
    assert bench.host.expect("+CMTI")[-1] == '+CMTI: "ME",2'
    assert bench.line.ask("status")["sms_waiting"] == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"from": "1"},
        {"from": " ", "text": "x"},
        {"from": "1", "text": "x", "order": "1"},
        {"from": "1", "text": "x", "order": [2]},
        {"from": "1", "text": "x" * 153 * 256},
    ],
)
def test_a_bad_message_is_refused(bench: Bench, fields: dict[str, object]) -> None:
    assert bench.line.ask("sms", **fields)["ok"] is False
    assert bench.line.ask("status")["sms_waiting"] == 0


def test_texting_without_a_modem_is_an_error_of_one_line(tmp_path: Any) -> None:
    done = hotline("sms", "--control", tmp_path / "nothing", "--text", "x")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no software modem listens" in done.stderr
