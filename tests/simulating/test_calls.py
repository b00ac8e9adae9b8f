"""Calls from the first ring to the end, with sound, over real ptys."""

import base64
import os
import re
from pathlib import Path

import pytest

from appliance.simulating.families import sim7600
from appliance.simulating.sound import FRAME_BYTES, BeepEar, Playout, tone_share
from tests.simulating.parts import Bench, MakeBench, tone, wait_until

VOICE = tone(0.7, 440) + os.urandom(8000)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_call_carries_both_voices_exactly(bench: Bench) -> None:
    host, line = bench.host, bench.line
    call = line.place_call(audio=b64(VOICE), hang_up_after_s=0.2, keep_heard=True)
    assert host.expect("+CRING")[0] == '+CLCC: 1,1,4,0,0,"0912345678",129'
    assert host.expect("+CLIP")[-1] == '+CLIP: "0912345678",129,,,,0'
    assert host.send("AT+CLCC") == ['+CLCC: 1,1,4,0,0,"0912345678",129', "OK"]
    assert host.send("ATA") == ["OK"]
    host.expect("VOICE CALL: BEGIN")
    host.route_sound()
    prompt = tone(0.3, 600) + tone(0.4) + bytes(1600)
    host.pcm.write(prompt)
    heard = bytearray()
    while VOICE not in heard:
        heard += host.hear(320)
    assert [line.event(n)["call"] for n in ("beep", "voice_started", "voice_ended")] == [call] * 3
    end = host.expect("NO CARRIER")
    assert '+CLCC: 1,1,6,0,0,"0912345678",129' in end
    assert [line for line in end if re.fullmatch(r"VOICE CALL: END: 0000\d\d", line)]
    ended = line.event("ended")
    assert (ended["outcome"], ended["ended_by"]) == ("answered", "caller")
    assert prompt in base64.b64decode(ended["heard"])
    times = ["ringing_at", "answered_at", "beep_heard_at", "voice_started_at", "voice_ended_at"]
    moments = [ended[name] for name in [*times, "hung_up_at"]]
    assert moments == sorted(moments)
    assert 0.15 < ended["hung_up_at"] - ended["voice_ended_at"] < 2
    assert 1.4 <= ended["heard_s"] * 2 <= 2 * len(prompt) / 16000 + 0.2


def test_the_box_hangs_up(bench: Bench) -> None:
    bench.line.place_call()
    bench.host.answer()
    lines = bench.host.send("AT+CHUP")
    assert lines[0].startswith("+CLCC: 1,1,6")
    assert lines[1].startswith("VOICE CALL: END: 0000")
    assert lines[2:] == ["OK"]
    assert bench.host.send("AT+CLCC") == ["OK"]
    assert bench.line.event("ended")["ended_by"] == "box"


def test_ath_hangs_up_only_after_cvhu_0(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.host.send("AT+CVHU=1")
    bench.line.place_call()
    bench.host.answer()
    assert bench.host.send("ATH") == ["OK"]
    assert bench.host.send("AT+CLCC")[0].startswith("+CLCC: 1,1,0")
    bench.host.send("AT+CVHU=0")
    assert bench.host.send("ATH")[-1] == "OK"
    assert bench.host.send("AT+CLCC") == ["OK"]


def test_a_caller_who_gives_up_leaves_a_missed_call(bench: Bench) -> None:
    bench.line.place_call(ring_s=0.2)
    assert bench.host.expect("MISSED_CALL: ")[-1].endswith("M 0912345678")
    ended = bench.line.event("ended")
    assert (ended["outcome"], ended["ended_by"]) == ("unanswered", "caller")
    assert bench.host.send("ATA") == ["NO CARRIER"]


def test_a_ringing_call_can_be_refused(bench: Bench) -> None:
    bench.line.place_call()
    bench.host.expect("+CRING")
    assert bench.host.send("AT+CHUP")[-1] == "OK"
    ended = bench.line.event("ended")
    assert (ended["outcome"], ended["ended_by"]) == ("refused", "box")


def test_any_byte_aborts_an_answer_and_the_call_rings_on(bench: Bench, quick_rings: None) -> None:
    bench.line.place_call()
    bench.host.expect("+CRING")
    bench.host.at.write(b"ATA\r")
    bench.host.at.write(b"A")
    bench.host.expect("NO CARRIER")
    bench.host.answer()


def test_a_caller_who_gives_up_while_we_answer(make_bench: MakeBench) -> None:
    bench = make_bench("ata-slow")
    call = bench.line.place_call()
    bench.host.expect("+CRING")
    bench.host.at.write(b"ATA\r")
    bench.line.ask("hang_up", call=call)
    bench.host.expect("NO CARRIER")
    assert bench.line.event("ended")["outcome"] == "unanswered"
    assert bench.host.send("AT+CLCC") == ["OK"]


def test_ata_with_line_feed_is_not_aborted(bench: Bench) -> None:
    bench.line.place_call()
    bench.host.expect("+CRING")
    bench.host.at.write(b"ATA\r\n")
    bench.host.expect("OK")
    bench.host.expect("VOICE CALL: BEGIN")


def test_the_caller_shows_no_number_or_a_forwarded_one(bench: Bench) -> None:
    bench.line.place_call(withheld=True, ring_s=0.3)
    assert bench.host.expect("+CLIP")[-1] == '+CLIP: "",128,,,,1'
    bench.host.expect("MISSED_CALL")
    bench.line.place_call("+84912345678", forwarded=True)
    lines = bench.host.expect("+CSSU")
    assert lines[-2:] == ['+CLIP: "+84912345678",145,,,,0', "+CSSU: 0"]


def test_a_pressed_key_is_announced(bench: Bench) -> None:
    bench.line.place_call(keys=[[0.1, "1"]])
    bench.host.answer()
    bench.host.expect("+RXDTMF: 1")
    assert bench.line.ask("press_key", key="#")["ok"]
    bench.host.expect("+RXDTMF: #")


def test_a_second_caller_waits_and_then_rings(bench: Bench) -> None:
    first = bench.line.place_call("0911111111")
    bench.host.answer()
    second = bench.line.place_call("0922222222")
    assert bench.host.expect("+CCWA")[-1] == '+CCWA: "0922222222",129,1'
    assert bench.host.send("AT+CLCC")[1] == '+CLCC: 2,1,5,0,0,"0922222222",129'
    third = bench.line.ask("place_call", **{"from": "0933333333"})
    assert third["error"] == "the line is busy"
    assert bench.line.ask("hang_up", call=first)["ok"]
    assert '+CLIP: "0922222222",129,,,,0' in bench.host.expect("+CLIP")
    assert bench.line.event("waiting")["call"] == second


def test_a_second_caller_hears_busy_when_call_waiting_is_off(bench: Bench) -> None:
    bench.host.send("AT+CCWA=0,0,1")
    bench.line.place_call()
    bench.host.answer()
    assert bench.line.ask("place_call", **{"from": "09"})["error"] == "the line is busy"


def test_sound_needs_an_active_call_that_has_settled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sim7600.SOUND_READY_S == 0.1
    monkeypatch.setattr(sim7600, "SOUND_READY_S", 1.0)  # so that a busy machine is early, too
    assert bench.host.send("AT+CPCMREG=1") == ["ERROR"]
    bench.line.place_call()
    bench.host.answer()
    bench.host.at.reset_input_buffer()
    assert bench.host.send("AT+CPCMREG=1") == ["ERROR"]
    bench.host.route_sound()
    assert bench.host.send("AT+CPCMREG?") == ["+CPCMREG: 1", "OK"]


def test_a_call_after_one_that_left_the_sound_on_is_silent(bench: Bench) -> None:
    for number in range(2):
        bench.line.place_call()
        bench.host.answer()
        bench.host.route_sound()
        assert bench.line.ask("status")["sound_flows"] is (number == 0)
        bench.host.send("AT+CHUP")
    bench.host.send("AT+CPCMREG=0")
    bench.line.place_call()
    bench.host.answer()
    bench.host.route_sound()
    bench.host.hear(FRAME_BYTES)


def test_a_caller_without_a_beep_speaks_at_last(bench: Bench) -> None:
    bench.line.place_call(audio=b64(VOICE), speak_after_s=0.3, hang_up_after_s=0)
    bench.host.answer()
    ended = bench.line.event("ended")
    assert ended["beep_heard_at"] is None
    assert ended["voice_started_at"] - ended["answered_at"] > 0.25


def test_a_caller_may_go_in_the_greeting(bench: Bench) -> None:
    bench.line.place_call(audio=b64(VOICE), hang_up_in_greeting_s=0.2)
    bench.host.answer()
    bench.host.expect("NO CARRIER")
    ended = bench.line.event("ended")
    assert (ended["outcome"], ended["voice_started_at"]) == ("answered", None)


def test_the_caller_hangs_up_when_the_connection_closes(bench: Bench) -> None:
    bench.line.place_call()
    bench.host.answer()
    bench.line.close()
    bench.host.expect("NO CARRIER")


def test_nothing_leaks_over_fifty_calls(bench: Bench) -> None:
    fds = Path("/proc/self/fd")

    def one_call() -> None:
        bench.line.place_call(keep_heard=True)
        bench.host.answer()
        bench.host.send("AT+CHUP")
        bench.line.event("ended")

    one_call()
    before = len(list(fds.iterdir()))
    for _ in range(50):
        one_call()
    assert len(list(fds.iterdir())) == before
    assert bench.line.ask("status")["calls"] == []


def test_two_modems_do_not_hear_each_other(make_bench: MakeBench) -> None:
    one, two = make_bench(), make_bench()
    one.line.place_call("0911111111")
    two.line.place_call("0922222222")
    assert one.host.expect("+CLIP")[-1].startswith('+CLIP: "0911111111"')
    assert two.host.expect("+CLIP")[-1].startswith('+CLIP: "0922222222"')


def test_a_caller_id_of_any_shape_is_passed_on(bench: Bench) -> None:
    bench.line.place_call("<script>\r\nOK\r\n" + "9" * 5000)
    assert bench.host.expect("+CLIP")[-1].startswith('+CLIP: "<script> OK 999')


# ------------------------------------------------------------------------------ sound, pure


def test_playout_hides_jitter_and_shows_gaps() -> None:
    playout = Playout()
    playout.feed(b"\x01" * 640, 0.0)
    assert playout.next_frame(0.02) is None  # not enough yet
    playout.feed(b"\x02" * 640, 0.03)
    assert playout.next_frame(0.04) == b"\x01" * 320
    assert [playout.next_frame(0.06 + 0.02 * i) for i in range(4)] == [
        b"\x01" * 320,
        b"\x02" * 320,
        b"\x02" * 320,
        None,
    ]


def test_playout_plays_a_short_rest_and_keeps_half_a_sample() -> None:
    playout = Playout()
    playout.feed(b"\x01" * 101, 0.0)
    assert playout.next_frame(0.1) == (b"\x01" * 100).ljust(320, b"\0")
    playout.feed(b"\x02" * 3, 0.2)
    assert playout.next_frame(0.4) == b"\x01\x02\x02\x02".ljust(320, b"\0")


def test_the_ear_hears_the_beep_and_nothing_else() -> None:
    def ends(sound: bytes) -> list[int]:
        ear = BeepEar()
        cuts = range(0, len(sound) - 319, 320)
        return [i // 320 for i in cuts if ear.hears_end(sound[i : i + 320])]

    assert ends(tone(0.4) + bytes(3200)) == [22]
    assert ends(bytes(100) + tone(0.4, level=900) + bytes(3200)) != []
    assert ends((tone(0.15) + bytes(1600)) * 2 + bytes(3200)) == []  # two short warning beeps
    assert ends(tone(0.4, 440) + tone(0.4, 1200) + bytes(3200)) == []
    assert ends(tone(0.4, level=100) + bytes(3200)) == []
    assert ends(os.urandom(16000) + bytes(3200)) == []
    assert tone_share(tone(0.02), 1000) > 0.99


def test_status_tells_whether_a_host_is_there(bench: Bench) -> None:
    assert bench.line.ask("status")["at_open"]
    bench.host.at.close()
    wait_until(lambda: not bench.line.ask("status")["at_open"], "the port to be closed")
    bench.host.at.open()
    assert bench.host.send("AT") == ["OK"]
