"""Calls told as sentences: what the caller hears, what is kept, what the officer sees."""

import pytest

from appliance.answering.actions import (
    AddCaller,
    Answer,
    CloseRecording,
    HangUp,
    KeepSound,
    ListCalls,
    NoteAnswered,
    NoteCaller,
    NoteEnded,
    NoteForwarded,
    NoteRinging,
    OpenRecording,
    Play,
    RouteVoice,
    ShowTrouble,
    SilencePrompts,
    StartSound,
    StopSound,
    TroubleOver,
    UnrouteVoice,
)
from appliance.answering.call import CallSettings, State
from appliance.answering.events import (
    Answered,
    AnswerFailed,
    CallEndHinted,
    CallerShown,
    CallForwarded,
    CallRow,
    CallsListed,
    DeadlineReached,
    Direction,
    EndReason,
    HangUpToneHeard,
    KeyPressed,
    LineFree,
    ModemLost,
    ModemUp,
    Outcome,
    Prompt,
    PromptPlayed,
    RecordingClosed,
    RecordingFailed,
    RecordingOpened,
    Ringing,
    SecondCaller,
    SoundLost,
    SoundStarted,
    SpeechStarted,
    SpeechStopped,
    Stat,
    StopAsked,
    UplinkStalled,
    VoiceRefused,
    VoiceRouted,
)
from appliance.web.wording import ENDINGS
from tests.fakes.walk import AT_ONCE, HOA, MINH, SETTINGS, WITHHELD, Walk, row

FIRST = f"{1:032x}"
SECOND = f"{2:032x}"
RECORDING = f"{FIRST}-1"
UP = ModemUp("SIM7600", "LE20")
EMPTY = CallsListed(())
GONE = CallEndHinted("NO CARRIER")


# ---------------------------------------------------------------- the usual call


def test_a_caller_is_answered_greeted_recorded_and_thanked() -> None:
    walk = Walk()
    walk.tell(UP)
    assert walk.tell(Ringing()) == [Answer(), NoteRinging(FIRST)]
    assert walk.tell(CallerShown(MINH)) == [NoteCaller(FIRST, MINH)]
    assert walk.tell(Answered()) == [
        RouteVoice(),
        NoteAnswered(FIRST),
        OpenRecording(RECORDING, FIRST, MINH),
    ]
    assert walk.tell(VoiceRouted()) == [StartSound()]
    walk.polled = (row(),)
    assert walk.tell(RecordingOpened(RECORDING), SoundStarted()) == []
    assert walk.wait(0.5) == [Play(Prompt.GREETING)]
    walk.wait(12)
    assert walk.tell(PromptPlayed(Prompt.GREETING)) == [KeepSound(RECORDING), Play(Prompt.BEEP)]
    walk.tell(PromptPlayed(Prompt.BEEP), SpeechStarted())
    walk.wait(25)
    walk.tell(SpeechStopped())
    assert walk.tell(KeyPressed("#")) == [
        CloseRecording(RECORDING, EndReason.KEY),
        SilencePrompts(),
        Play(Prompt.GOODBYE),
    ]
    assert walk.tell(PromptPlayed(Prompt.GOODBYE)) == [StopSound(), UnrouteVoice(), HangUp()]
    assert walk.tell(RecordingClosed(RECORDING, 25_400)) == []
    assert walk.tell(LineFree()) == [NoteEnded(FIRST, Outcome.MESSAGE)]
    assert walk.is_in(State.IDLE)
    assert walk.machine.deadline is None


def test_ata_stands_before_everything_else_when_the_wait_is_zero() -> None:
    walk = Walk(AT_ONCE)
    walk.tell(UP, CallForwarded())
    assert walk.tell(CallerShown(MINH))[0] == Answer()


def test_a_call_is_answered_when_the_configured_wait_is_over() -> None:
    walk = Walk(SETTINGS).to_ringing()
    for _ in range(4):
        walk.wait(4)
        walk.tell(Ringing())
    assert walk.is_in(State.RINGING)
    assert Answer() in walk.wait(4)


@pytest.mark.parametrize("seconds", [9.9, 10.1])
def test_ten_seconds_of_silence_after_the_beep_end_the_message(seconds: float) -> None:
    walk = Walk().to_recording()
    walk.wait(seconds)
    closed = walk.did(CloseRecording)
    assert closed == ([CloseRecording(RECORDING, EndReason.SILENCE)] if seconds > 10 else [])


def test_silence_is_counted_from_the_last_word_and_not_while_somebody_speaks() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    walk.wait(60)
    walk.tell(SpeechStopped())
    walk.wait(9)
    walk.tell(SpeechStarted())
    walk.wait(5)
    walk.tell(SpeechStopped())
    walk.wait(9.9)
    assert walk.is_in(State.RECORDING)
    walk.wait(0.2)
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.SILENCE)]
    assert walk.to_free().outcomes == [Outcome.MESSAGE]


def test_a_call_without_a_word_is_silent_and_its_recording_is_kept() -> None:
    walk = Walk().to_recording()
    walk.wait(10)
    walk.to_free()
    assert walk.outcomes == [Outcome.SILENT]
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.SILENCE)]


def test_the_longest_message_is_warned_at_165_and_ended_at_180_seconds() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    walk.wait(164.5)  # 0.4 s went into the beep
    assert Play(Prompt.WARNING_BEEP) not in walk.all
    assert Play(Prompt.WARNING_BEEP) in walk.wait(0.2)
    assert not walk.did(CloseRecording)
    walk.wait(15)
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.LONGEST)]
    assert Play(Prompt.GOODBYE) in walk.last


def test_a_short_longest_message_has_no_warning_beep() -> None:
    walk = Walk(CallSettings(0, 12, 30, 10)).to_recording()
    walk.tell(SpeechStarted())
    walk.wait(31)
    assert Play(Prompt.WARNING_BEEP) not in walk.all
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.LONGEST)]


@pytest.mark.parametrize("key", ["1", "*", "0", "A"])
def test_other_keys_do_not_end_the_message(key: str) -> None:
    walk = Walk().to_recording()
    assert walk.tell(KeyPressed(key)) == []
    assert walk.is_in(State.RECORDING)


def test_a_caller_who_began_before_the_beep_and_never_paused_left_a_message() -> None:
    walk = Walk().to_greeting()
    walk.tell(SpeechStarted())
    walk.wait(12)
    walk.tell(PromptPlayed(Prompt.GREETING), PromptPlayed(Prompt.BEEP))
    walk.wait(30)
    assert walk.is_in(State.RECORDING)
    walk.tell(GONE, EMPTY)
    assert walk.outcomes == [Outcome.MESSAGE]


def test_an_echo_of_the_greeting_is_no_message() -> None:
    walk = Walk().to_greeting()
    walk.tell(SpeechStarted())
    walk.wait(12)
    walk.tell(PromptPlayed(Prompt.GREETING))
    walk.wait(0.3)
    walk.tell(SpeechStopped(), PromptPlayed(Prompt.BEEP))
    walk.wait(10)
    assert walk.to_free().outcomes == [Outcome.SILENT]


# ---------------------------------------------------------------- the caller hangs up


def test_a_hang_up_is_one_end_however_many_lines_tell_it() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    asked = walk.tell(CallEndHinted("VOICE CALL: END: 000041"), GONE)
    assert asked == [ListCalls()]
    assert walk.tell(EMPTY) == [
        CloseRecording(RECORDING, EndReason.CALLER_HUNG_UP),
        StopSound(),
        UnrouteVoice(),
        NoteEnded(FIRST, Outcome.MESSAGE),
    ]
    assert walk.tell(GONE, EMPTY, LineFree()) == []
    assert walk.is_in(State.IDLE)


def test_a_hint_that_the_list_of_calls_denies_ends_nothing() -> None:
    walk = Walk().to_recording()
    walk.tell(GONE, CallsListed((row(),)))
    assert walk.is_in(State.RECORDING)
    walk.wait(9)
    assert walk.is_in(State.RECORDING)


def test_a_hang_up_nobody_told_us_about_is_seen_by_two_empty_lists() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    walk.polled = ()
    walk.wait(1)
    assert walk.is_in(State.RECORDING)
    walk.wait(1)
    assert walk.is_in(State.IDLE)
    assert walk.outcomes == [Outcome.MESSAGE]


def test_one_empty_list_between_full_ones_ends_nothing() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    for _ in range(5):
        walk.tell(EMPTY, CallsListed((row(),)))
    assert walk.is_in(State.RECORDING)


def test_a_list_that_never_comes_is_asked_for_again() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    walk.polled = None
    walk.wait(20)
    assert 3 <= sum(isinstance(a, ListCalls) for a in walk.last) <= 5
    assert walk.is_in(State.RECORDING)


def test_hanging_up_in_the_greeting_leaves_no_message() -> None:
    walk = Walk().to_greeting()
    walk.tell(GONE, EMPTY)
    assert walk.outcomes == [Outcome.HUNG_UP_IN_GREETING]
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.CALLER_HUNG_UP)]
    assert walk.did(KeepSound) == []


def test_a_caller_who_gives_up_while_it_rings_is_missed() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallerShown(MINH))
    walk.polled = ()
    walk.wait(7.9)
    assert walk.outcomes == []
    walk.wait(1.2)
    assert walk.outcomes == [Outcome.MISSED]
    assert walk.is_in(State.IDLE)
    assert walk.did(Answer) == []


def test_a_modem_that_rings_only_once_keeps_ringing_by_its_list() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.polled = (row(Stat.INCOMING),)
    walk.wait(20)
    assert walk.did(Answer) == [Answer()]


def test_a_missed_call_line_ends_the_ringing_at_once() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallEndHinted("MISSED_CALL: 11:01AM 0912345678"), EMPTY)
    assert walk.outcomes == [Outcome.MISSED]


def test_ata_that_comes_too_late_is_a_missed_call() -> None:
    walk = Walk().to_answering()
    assert walk.tell(AnswerFailed("NO CARRIER")) == [ListCalls()]
    walk.tell(EMPTY)
    assert walk.outcomes == [Outcome.MISSED]
    assert walk.is_in(State.IDLE)


def test_ata_is_tried_again_while_it_still_rings_but_not_for_ever() -> None:
    walk = Walk().to_answering()
    for _ in range(3):
        walk.tell(AnswerFailed("ERROR"), CallsListed((row(Stat.INCOMING),)))
        walk.wait(2)
    assert len(walk.did(Answer)) == 3
    assert walk.is_in(State.ENDING)
    walk.tell(LineFree())
    assert walk.outcomes == [Outcome.MISSED]


def test_an_answer_whose_ok_was_lost_is_found_in_the_list_of_calls() -> None:
    walk = Walk().to_answering()
    walk.tell(AnswerFailed("no reply"))
    assert RouteVoice() in walk.tell(CallsListed((row(),)))
    assert walk.did(NoteAnswered) == [NoteAnswered(FIRST)]


def test_an_answer_without_any_result_is_given_up() -> None:
    walk = Walk().to_answering()
    walk.wait(94)
    assert walk.is_in(State.ANSWERING)
    walk.wait(2)
    walk.tell(LineFree())
    assert walk.outcomes == [Outcome.MISSED]


def test_a_slow_answer_of_twenty_seconds_is_an_answer() -> None:
    walk = Walk().to_answering()
    walk.wait(20)
    walk.tell(Answered(), VoiceRouted(), SoundStarted())
    assert walk.is_in(State.GREETING)


# ---------------------------------------------------------------- who calls


@pytest.mark.parametrize(
    "order",
    [
        [Ringing(), CallerShown(MINH)],
        [CallerShown(MINH), Ringing()],
        [CallerShown(MINH)],
        [Ringing(), Ringing(), CallerShown(MINH), CallerShown(MINH)],
    ],
)
def test_the_number_may_come_before_after_or_without_a_ring(
    order: list[Ringing | CallerShown],
) -> None:
    walk = Walk(SETTINGS)
    walk.tell(UP, *order)
    assert walk.did(NoteRinging) == [NoteRinging(FIRST)]
    assert walk.did(NoteCaller) == [NoteCaller(FIRST, MINH)]


def test_a_number_that_comes_in_the_message_is_added_to_the_recording() -> None:
    walk = Walk().to_recording()
    assert walk.tell(CallerShown(MINH)) == [
        NoteCaller(FIRST, MINH),
        AddCaller(RECORDING, MINH),
    ]
    assert walk.tell(CallsListed((row(caller=MINH),))) == []


def test_the_list_of_calls_names_the_caller_when_nothing_else_does() -> None:
    walk = Walk().to_greeting()
    walk.tell(CallsListed((row(caller=HOA),)))
    assert walk.did(NoteCaller) == [NoteCaller(FIRST, HOA)]


def test_a_withheld_number_gives_way_to_a_real_one_but_not_the_other_way() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallerShown(WITHHELD), CallerShown(MINH), CallerShown(WITHHELD))
    assert walk.did(NoteCaller) == [NoteCaller(FIRST, WITHHELD), NoteCaller(FIRST, MINH)]


@pytest.mark.parametrize("caller", [MINH, WITHHELD])
def test_the_same_caller_twice_is_two_calls(caller: object) -> None:
    assert caller in (MINH, WITHHELD)
    shown = CallerShown(MINH if caller is MINH else WITHHELD)
    walk = Walk()
    walk.tell(UP)
    for _ in range(2):
        walk.tell(Ringing(), shown, Answered(), VoiceRouted(), SoundStarted())
        assert walk.is_in(State.GREETING)
        walk.tell(GONE, EMPTY)
        walk.wait(30)
    assert walk.did(NoteRinging) == [NoteRinging(FIRST), NoteRinging(SECOND)]
    assert walk.outcomes == [Outcome.HUNG_UP_IN_GREETING] * 2


def test_another_number_while_it_rings_means_the_first_caller_gave_up() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallerShown(MINH))
    walk.tell(CallerShown(HOA))
    assert walk.last == [
        NoteEnded(FIRST, Outcome.MISSED),
        NoteRinging(SECOND),
        NoteCaller(SECOND, HOA),
    ]


def test_a_diverted_call_is_marked_even_when_it_is_told_before_the_ring() -> None:
    walk = Walk(SETTINGS)
    walk.tell(UP, CallForwarded())
    walk.wait(1)
    assert NoteForwarded(FIRST) in walk.tell(Ringing())
    walk.tell(GONE, EMPTY)
    assert not any(isinstance(a, NoteForwarded) for a in walk.tell(Ringing()))
    assert walk.tell(CallForwarded()) == [NoteForwarded(SECOND)]


def test_a_second_caller_is_a_missed_call_of_his_own_and_is_not_answered() -> None:
    walk = Walk().to_recording()
    assert walk.tell(SecondCaller(HOA)) == [
        NoteRinging(SECOND),
        NoteCaller(SECOND, HOA),
        NoteEnded(SECOND, Outcome.MISSED),
    ]
    waiting = (row(), row(Stat.WAITING, HOA, 2))
    for _ in range(5):
        walk.wait(3)
        assert walk.tell(SecondCaller(HOA), CallsListed(waiting)) == []
        walk.tell(SpeechStarted(), SpeechStopped())
    assert len(walk.did(Answer)) == 1
    assert walk.is_in(State.RECORDING)


def test_a_withheld_caller_does_not_get_the_number_of_the_next_one() -> None:
    walk = Walk().to_recording()
    walk.tell(CallerShown(WITHHELD), SpeechStarted())
    walk.tell(CallsListed((row(Stat.INCOMING, HOA, 2),)))
    walk.tell(CallsListed((row(Stat.INCOMING, HOA, 2),)))
    assert walk.outcomes == [Outcome.MESSAGE]
    assert NoteCaller(FIRST, HOA) not in walk.all
    assert walk.tell(Ringing(), CallerShown(HOA))[0] == Answer()


# ---------------------------------------------------------------- somebody else has the call


def test_a_call_taken_on_a_handset_belongs_to_the_officer() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallsListed((row(),)))
    assert walk.is_in(State.OFFICER)
    walk.polled = (row(),)
    walk.wait(1800)
    assert {type(a) for a in walk.last} == {ListCalls}
    walk.tell(GONE, EMPTY)
    assert walk.outcomes == [Outcome.OFFICER_ANSWERED]
    assert walk.is_in(State.IDLE)


def test_an_officer_who_dials_out_is_left_alone() -> None:
    walk = Walk()
    walk.tell(ModemUp("SIM7600", "LE20", (CallRow(1, Direction.FROM_US, Stat.ACTIVE),)))
    assert walk.is_in(State.OFFICER)
    walk.polled = ()
    walk.wait(11)
    assert walk.is_in(State.IDLE)
    assert walk.did(HangUp) == []


def test_a_new_call_right_after_the_officers_one_is_answered() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallsListed((row(),)), Ringing(), CallsListed((row(Stat.INCOMING, HOA),)))
    assert walk.is_in(State.RINGING)
    assert walk.outcomes == [Outcome.OFFICER_ANSWERED]
    assert walk.did(NoteCaller) == [NoteCaller(SECOND, HOA)]


def test_an_officers_call_outlives_the_loss_of_the_modem() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(CallsListed((row(),)), ModemLost("unplugged"))
    assert walk.outcomes == [Outcome.OFFICER_ANSWERED]
    walk.tell(ModemUp("SIM7600", "LE20", (row(),)))
    assert walk.is_in(State.OFFICER)
    assert walk.did(HangUp) == []


# ---------------------------------------------------------------- after a restart


def test_a_call_left_over_from_before_a_restart_is_finished_politely() -> None:
    walk = Walk()
    assert walk.tell(ModemUp("SIM7600", "LE20", (row(),))) == [RouteVoice()]
    assert walk.tell(VoiceRouted()) == [StartSound()]
    walk.tell(SoundStarted())
    assert walk.wait(0.5) == [SilencePrompts(), Play(Prompt.INTERRUPTED)]
    assert HangUp() in walk.tell(PromptPlayed(Prompt.INTERRUPTED))
    walk.tell(LineFree())
    assert walk.is_in(State.IDLE)
    assert not {type(a) for a in walk.all} & {NoteRinging, NoteEnded, Answer}


def test_a_left_over_call_without_sound_is_hung_up() -> None:
    walk = Walk()
    walk.tell(ModemUp("SIM7600", "LE20", (row(),)))
    assert HangUp() in walk.tell(VoiceRefused("12 s of ERROR"))


def test_a_call_that_rings_while_we_start_is_a_call_like_any_other() -> None:
    walk = Walk()
    walk.tell(ModemUp("SIM7600", "LE20", (row(Stat.INCOMING, MINH),)))
    assert walk.all == [Answer(), NoteRinging(FIRST), NoteCaller(FIRST, MINH)]


# ---------------------------------------------------------------- things break


@pytest.mark.parametrize("spoke", [True, False])
def test_a_modem_lost_in_the_message_keeps_what_was_said(spoke: bool) -> None:
    walk = Walk().to_recording()
    if spoke:
        walk.tell(SpeechStarted())
    assert walk.tell(ModemLost("unplugged")) == [
        CloseRecording(RECORDING, EndReason.LINE_LOST),
        StopSound(),
        NoteEnded(FIRST, Outcome.MESSAGE if spoke else Outcome.LINE_LOST),
    ]
    assert walk.is_in(State.OFFLINE)


def test_a_modem_lost_while_it_rings_is_a_missed_call() -> None:
    walk = Walk(SETTINGS).to_ringing()
    walk.tell(ModemLost("unplugged"))
    assert walk.outcomes == [Outcome.MISSED]


def test_a_modem_that_comes_back_without_having_gone_ends_the_old_call() -> None:
    walk = Walk().to_recording()
    walk.tell(UP)
    assert walk.outcomes == [Outcome.LINE_LOST]
    assert walk.is_in(State.IDLE)


def test_a_modem_lost_in_the_goodbye_does_not_unmake_the_message() -> None:
    walk = Walk().to_recording()
    walk.wait(10)
    walk.tell(ModemLost("unplugged"))
    assert walk.outcomes == [Outcome.SILENT]


def test_a_hang_up_tone_ends_the_message_and_the_call_without_a_farewell() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    walk.wait(5)
    walk.tell(SpeechStopped())
    assert walk.tell(HangUpToneHeard()) == [
        CloseRecording(RECORDING, EndReason.TONE),
        StopSound(),
        UnrouteVoice(),
        HangUp(),
    ]
    walk.tell(LineFree())
    assert walk.outcomes == [Outcome.MESSAGE]
    assert walk.is_in(State.IDLE)


def test_a_hang_up_tone_instead_of_words_leaves_a_silent_call() -> None:
    walk = Walk().to_recording()
    walk.tell(HangUpToneHeard(), LineFree())
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.TONE)]
    assert walk.outcomes == [Outcome.SILENT]


def test_a_hang_up_tone_in_the_greeting_is_a_caller_who_hung_up_in_the_greeting() -> None:
    walk = Walk().to_greeting()
    walk.tell(HangUpToneHeard())
    assert walk.did(KeepSound) == []
    assert walk.last[-1] == HangUp()
    walk.tell(LineFree())
    assert walk.outcomes == [Outcome.HUNG_UP_IN_GREETING]


def test_every_end_of_a_recording_is_told_to_the_officer_in_words() -> None:
    assert {reason.value for reason in EndReason} <= set(ENDINGS)


def test_a_hang_up_tone_ends_the_farewell() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted(), KeyPressed("#"))
    assert walk.tell(HangUpToneHeard()) == [StopSound(), UnrouteVoice(), HangUp()]
    assert walk.tell(HangUpToneHeard()) == []
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.KEY)]


def test_sound_lost_in_the_message_keeps_it_and_frees_the_line() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    assert walk.tell(SoundLost("no frames for 2 s")) == [
        ShowTrouble("sound_lost"),
        CloseRecording(RECORDING, EndReason.SOUND_LOST),
        StopSound(),
        UnrouteVoice(),
        HangUp(),
    ]
    walk.tell(LineFree())
    assert walk.outcomes == [Outcome.MESSAGE]


@pytest.mark.parametrize("event", [VoiceRefused("12 s of ERROR"), SoundLost("no such port")])
def test_without_sound_the_caller_is_not_left_in_silence(event: VoiceRefused | SoundLost) -> None:
    walk = Walk().to_answering()
    walk.tell(Answered(), VoiceRouted(), event)
    assert ShowTrouble("voice_path") in walk.all
    assert HangUp() in walk.all
    walk.tell(LineFree())
    assert walk.outcomes == [Outcome.LINE_LOST]


def test_sound_that_never_starts_is_given_up_in_time() -> None:
    walk = Walk().to_answering()
    walk.polled = (row(),)
    walk.tell(Answered(), VoiceRouted())
    walk.wait(20)
    assert ShowTrouble("voice_path") in walk.all
    assert HangUp() in walk.all


def test_a_greeting_nobody_hears_is_shown_and_the_caller_is_recorded_at_once() -> None:
    walk = Walk().to_greeting()
    assert walk.tell(UplinkStalled()) == [ShowTrouble("uplink_dead"), KeepSound(RECORDING)]
    walk.tell(PromptPlayed(Prompt.GREETING), SpeechStarted(), UplinkStalled())
    assert walk.did(KeepSound) == [KeepSound(RECORDING)]
    walk.tell(GONE, EMPTY)
    assert walk.outcomes == [Outcome.MESSAGE]
    assert walk.did(ShowTrouble) == [ShowTrouble("uplink_dead")]


def test_a_trouble_is_over_when_the_next_call_goes_well() -> None:
    walk = Walk().to_greeting()
    walk.tell(UplinkStalled(), GONE, EMPTY)
    walk.tell(Ringing(), Answered(), VoiceRouted(), SoundStarted())
    walk.tell(PromptPlayed(Prompt.GREETING))
    assert TroubleOver("uplink_dead") in walk.last


def test_a_greeting_that_never_ends_does_not_cost_the_message() -> None:
    walk = Walk().to_greeting()
    walk.wait(18)
    assert walk.is_in(State.RECORDING)
    assert walk.did(KeepSound) == [KeepSound(RECORDING)]


def test_a_slow_disk_does_not_delay_the_beep() -> None:
    walk = Walk().to_recording()
    assert walk.did(KeepSound) == [KeepSound(RECORDING)]
    assert walk.tell(RecordingOpened(RECORDING)) == []


def test_a_full_disk_is_told_to_the_caller_and_to_the_officer() -> None:
    walk = Walk().to_greeting()
    assert walk.tell(RecordingFailed(RECORDING, "disk_full")) == [
        ShowTrouble("disk_full"),
        SilencePrompts(),
        Play(Prompt.CANNOT_RECORD),
    ]
    walk.tell(PromptPlayed(Prompt.CANNOT_RECORD), LineFree())
    assert walk.outcomes == [Outcome.REFUSED]
    assert walk.did(CloseRecording) == []


def test_a_disk_that_is_full_before_the_sound_starts_is_told_once_it_does() -> None:
    walk = Walk().to_answering()
    walk.tell(Answered(), RecordingFailed(RECORDING, "disk_full"))
    assert walk.tell(VoiceRouted(), SoundStarted()) == [StartSound()]
    assert walk.wait(0.5) == [SilencePrompts(), Play(Prompt.CANNOT_RECORD)]


def test_a_disk_that_dies_in_the_message_keeps_what_was_written() -> None:
    walk = Walk().to_recording()
    walk.tell(RecordingOpened(RECORDING), SpeechStarted(), RecordingFailed(RECORDING, "io_error"))
    assert ShowTrouble("cannot_record") in walk.all
    walk.tell(RecordingFailed(f"{FIRST}-2", "io_error"))
    walk.tell(PromptPlayed(Prompt.CANNOT_RECORD), LineFree())
    assert walk.outcomes == [Outcome.MESSAGE]
    assert walk.did(CloseRecording) == []


def test_a_file_that_fails_in_the_message_is_followed_by_another_and_the_caller_talks_on() -> None:
    walk = Walk().to_recording()
    walk.tell(RecordingOpened(RECORDING), SpeechStarted())
    again = f"{FIRST}-2"
    assert walk.tell(RecordingFailed(RECORDING, "disk_too_slow")) == [
        ShowTrouble("cannot_record"),
        OpenRecording(again, FIRST, None),
        KeepSound(again),
    ]
    assert walk.tell(RecordingOpened(again)) == [TroubleOver("cannot_record")]
    walk.tell(KeyPressed("#"))
    assert walk.did(CloseRecording) == [CloseRecording(again, EndReason.KEY)]


def test_whoever_rings_while_we_say_goodbye_to_nobody_is_not_kept_waiting() -> None:
    """The last caller hung up unseen; his line rings anew only because it is free."""
    walk = Walk().to_recording()
    walk.tell(SpeechStarted(), KeyPressed("#"))
    assert HangUp() in walk.tell(Ringing())
    ringing = CallsListed((row(stat=Stat.INCOMING, caller=HOA),))
    walk.tell(LineFree(), ringing)
    assert walk.is_in(State.ANSWERING)
    assert walk.outcomes == [Outcome.MESSAGE]


def test_whoever_rings_in_an_abandoned_message_is_not_kept_waiting() -> None:
    walk = Walk().to_recording()
    assert walk.tell(Ringing()) == [ListCalls()]
    walk.tell(CallsListed((row(stat=Stat.INCOMING, caller=HOA),)), Ringing())
    assert walk.is_in(State.ANSWERING)
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.CALLER_HUNG_UP)]


@pytest.mark.parametrize("cut", [SoundLost("gone"), StopAsked()], ids=str)
@pytest.mark.parametrize(("words", "outcome"), [(0, Outcome.LINE_LOST), (1, Outcome.MESSAGE)])
def test_a_caller_whom_we_cut_off_was_not_silent(
    words: int, outcome: Outcome, cut: SoundLost | StopAsked
) -> None:
    walk = Walk().to_recording()
    walk.tell(*[SpeechStarted()] * words, cut, LineFree())
    assert walk.outcomes == [outcome]


def test_a_stop_in_the_greeting_is_not_the_caller_hanging_up() -> None:
    walk = Walk().to_greeting()
    walk.tell(StopAsked(), PromptPlayed(Prompt.INTERRUPTED), LineFree())
    assert walk.outcomes == [Outcome.LINE_LOST]


def test_an_old_recording_that_fails_late_does_not_end_the_next_call() -> None:
    walk = Walk().to_recording()
    walk.tell(GONE, EMPTY, Ringing(), Answered(), VoiceRouted(), SoundStarted())
    walk.tell(RecordingFailed(RECORDING, "disk_full"))
    assert walk.is_in(State.GREETING)
    assert ShowTrouble("disk_full") in walk.all


def test_events_of_the_last_calls_sound_do_not_touch_the_next_one() -> None:
    walk = Walk().to_answering()
    walk.tell(SoundLost("old"), SoundStarted(), VoiceRefused("old"))
    assert walk.is_in(State.ANSWERING)
    walk.tell(Answered(), SoundLost("old"), SoundStarted())
    assert walk.is_in(State.ANSWERING)
    assert walk.did(ShowTrouble) == []


def test_a_line_that_does_not_become_free_is_hung_up_again_and_shown() -> None:
    walk = Walk().to_recording()
    walk.wait(10)
    walk.tell(PromptPlayed(Prompt.GOODBYE))
    walk.wait(95)
    assert len(walk.did(HangUp)) == 4
    assert walk.did(ShowTrouble) == [ShowTrouble("line_stuck")]
    assert walk.tell(LineFree()) == [
        TroubleOver("line_stuck"),
        NoteEnded(FIRST, Outcome.SILENT),
    ]


def test_a_goodbye_that_never_ends_is_cut_off() -> None:
    walk = Walk().to_recording()
    walk.wait(10)
    walk.wait(15)
    assert HangUp() in walk.last


def test_no_call_outlasts_the_guard_even_when_every_other_timer_fails() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    for timer in [t for t in walk.machine._timers if t.name != "GUARD"]:
        del walk.machine._timers[timer]
    walk.wait(12 + 180 + 60)
    assert walk.did(CloseRecording) == [CloseRecording(RECORDING, EndReason.LONGEST)]
    assert HangUp() in walk.all


# ---------------------------------------------------------------- we are asked to go


@pytest.mark.parametrize("events", [[], [UP], [UP, ModemLost("unplugged")]])
def test_with_nothing_to_finish_we_go_at_once(events: list[ModemUp | ModemLost]) -> None:
    walk = Walk()
    walk.tell(*events, StopAsked())
    assert walk.is_in(State.STOPPED)
    assert walk.machine.deadline is None


def test_a_message_is_finished_before_we_go() -> None:
    walk = Walk().to_recording()
    walk.tell(SpeechStarted())
    assert walk.tell(StopAsked()) == [
        CloseRecording(RECORDING, EndReason.STOPPED),
        SilencePrompts(),
        Play(Prompt.GOODBYE),
    ]
    walk.tell(StopAsked(), PromptPlayed(Prompt.GOODBYE), LineFree())
    assert walk.is_in(State.STOPPED)
    assert walk.outcomes == [Outcome.MESSAGE]


def test_a_caller_in_the_greeting_is_told_that_we_go() -> None:
    walk = Walk().to_greeting()
    assert Play(Prompt.INTERRUPTED) in walk.tell(StopAsked())


def test_a_line_that_sticks_does_not_keep_us_from_going() -> None:
    walk = Walk().to_recording()
    walk.tell(StopAsked())
    walk.wait(120)
    assert walk.is_in(State.STOPPED)
    assert walk.outcomes == [Outcome.LINE_LOST]


def test_earlier_calls_do_not_use_up_the_tries_to_free_the_line() -> None:
    walk = Walk().to_recording()
    for _ in range(3):
        walk.tell(KeyPressed("#"))
        walk.to_free()
        walk.tell(Ringing(), Answered(), VoiceRouted(), SoundStarted())
        walk.tell(PromptPlayed(Prompt.GREETING))
    before = len(walk.did(HangUp))
    walk.tell(StopAsked())
    walk.wait(120)
    assert walk.state is State.STOPPED
    assert len(walk.did(HangUp)) - before == 2


def test_a_ringing_call_is_left_to_the_next_start() -> None:
    walk = Walk(SETTINGS).to_ringing()
    assert walk.tell(StopAsked()) == [NoteEnded(FIRST, Outcome.MISSED)]
    assert walk.is_in(State.STOPPED)


def test_a_deadline_that_is_not_due_changes_nothing() -> None:
    walk = Walk().to_greeting()
    assert walk.tell(DeadlineReached()) == []
