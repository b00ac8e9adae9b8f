"""Text messages on their way out: the right PDUs, one part at a time, a call always first."""

import time
import unicodedata

import pytest
from gsmmodem.pdu import decodeSmsPdu
from hypothesis import given
from hypothesis import strategies as st

from appliance.answering import pdu
from appliance.answering.at import PROMPT, Conversation
from appliance.answering.sms import Outgoing, SmsNotSent, SmsSent
from appliance.answering.sms_sending import CTRL_Z, ESC
from tests.answering.test_sms_deeds import Desk

LONG = "Có tin khẩn cấp ở đường dây nóng, đề nghị đồng chí gọi về trụ sở ngay. " * 2


def order(text: str = "Có tin khẩn", order_id: str = "one", left_s: float = 600.0) -> Outgoing:
    return Outgoing(order_id, pdu.encode("0912345678", text, 7), time.monotonic() + left_s)


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.look()
    made.port.commands.clear()
    return made


def test_a_vietnamese_text_of_two_parts_is_the_known_pdus() -> None:
    made = pdu.encode("0912345678", LONG[:118], 7)
    assert [length for length, _ in made] == [153, 121]
    for number, (_, line) in enumerate(made, 1):
        assert line.startswith("0041070B914819325476F80008")
        assert f"0500030702{number:02X}" in line


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=300))
def test_what_is_sent_reads_as_it_was_written(text: str) -> None:
    pieces = [decodeSmsPdu(line) for _, line in pdu.encode("0912345678", text, 7)]
    assert {piece["number"] for piece in pieces} == {"+84912345678"}
    whole = "".join(piece["text"] for piece in pieces)
    joined = whole.encode("utf-16-be", "surrogatepass").decode("utf-16-be")
    assert joined == unicodedata.normalize("NFC", text)


def test_control_characters_are_not_sent() -> None:
    ((_, line),) = pdu.encode("0912345678", "a\x1b\x00b\nc", 7)
    assert decodeSmsPdu(line)["text"] == "ab\nc"


def test_the_prompt_without_a_line_end_is_the_word_to_go_on() -> None:
    talk = Conversation()
    talk.begin("AT+CMGS=13")
    assert talk.feed(b"\r\n> ") == []
    assert talk.reply is not None
    assert talk.reply.final.text == PROMPT


def test_every_part_is_sent_and_then_it_is_told(desk: Desk) -> None:
    outgoing = order(LONG)
    pdus = [line for _, line in outgoing.pdus]
    desk.tray.send(outgoing)
    desk.look()
    assert desk.sim.sent == pdus
    assert len(pdus) == 3
    assert desk.given == [SmsSent("one")]
    desk.look()
    assert desk.sim.sent == pdus


def test_an_order_told_twice_goes_on_where_it_was(desk: Desk) -> None:
    desk.tray.send(order(LONG))
    desk.look(1)
    desk.tray.send(order(LONG))
    desk.look()
    assert len(desk.sim.sent) == 3


def test_orders_go_out_in_their_order_and_each_once(desk: Desk) -> None:
    for number in (1, 2, 1):
        desk.tray.send(order(f"tin {number}", str(number)))
    desk.look()
    assert desk.given == [SmsSent("1"), SmsSent("2")]


def test_a_ring_between_two_parts_wins_and_the_rest_follows_the_call(desk: Desk) -> None:
    desk.tray.send(order(LONG))

    def ring_after_the_first(command: str) -> None:
        if command.endswith(CTRL_Z):
            desk.rows.ring(time.monotonic())

    desk.port.on_command = ring_after_the_first
    desk.look()
    assert len(desk.sim.sent) == 1
    desk.port.on_command = lambda _: None
    desk.rows.end()
    desk.look()
    assert len(desk.sim.sent) == 3
    assert len(set(desk.sim.sent)) == 3
    assert desk.given == [SmsSent("one")]


def test_a_ring_at_the_prompt_is_let_through_at_once(desk: Desk) -> None:
    desk.tray.send(order())
    desk.port.on_command = lambda _: desk.rows.ring(time.monotonic())
    desk.look()
    assert desk.sim.sent == []
    assert desk.port.commands[-1] == ESC
    assert desk.given == []


def test_a_network_that_refuses_is_told_by_its_code_alone(desk: Desk) -> None:
    desk.sim.refused.add("AT+CMGS")
    desk.tray.send(order())
    desk.look()
    assert desk.given == [SmsNotSent("one", "refused")]


def test_a_modem_without_a_prompt_is_let_go(desk: Desk) -> None:
    desk.port.is_mute = True
    desk.tray.send(order())
    desk.look(1)
    assert desk.given == [SmsNotSent("one", "no_answer")]
    assert desk.port.commands[-1] == ESC


def test_what_is_too_late_is_not_sent(desk: Desk) -> None:
    desk.tray.send(order(left_s=-1.0))
    desk.look()
    assert desk.given == [SmsNotSent("one", "expired")]
    assert desk.sim.sent == []


def test_a_modem_that_goes_in_mid_message_sends_the_rest_when_it_is_back(desk: Desk) -> None:
    desk.tray.send(order(LONG))
    desk.look(1)
    assert len(desk.sim.sent) == 1
    desk.open()
    desk.look()
    assert len(desk.sim.sent) == 3


def test_neither_number_nor_words_stand_in_a_log(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    desk.port.is_mute = True
    desk.tray.send(order())
    desk.look(3)
    assert "4819325476" not in caplog.text
    assert "912345678" not in caplog.text
