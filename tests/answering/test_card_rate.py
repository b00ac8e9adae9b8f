"""A card that cannot do 8 kHz: what is said and heard stays whole, in pitch and in time."""

import numpy
import pytest

from appliance.answering.card_rate import FromCard, ToCard
from appliance.answering.events import Prompt
from appliance.answering.playlist import Playlist
from appliance.answering.prompts import load_prompts
from tests.sound.hearing import likeness, tone_s

RATES_HZ = (16_000, 44_100, 48_000)
LATE_S = 0.15  # soxr works in pieces of its own
GOODBYE = load_prompts(None)[Prompt.GOODBYE]


def spoken_to(card_hz: int, seconds: float) -> bytes:
    """What a caller's microphone gives: a tone of 1000 Hz at the card's rate."""
    at = numpy.arange(round(card_hz * seconds)) / card_hz
    return (12000 * numpy.sin(2 * numpy.pi * 1000 * at)).astype("<i2").tobytes()


def blocks(pcm: bytes, card_hz: int) -> list[bytes]:
    size = card_hz // 50 * 2
    return [pcm[at : at + size] for at in range(0, len(pcm), size)]


@pytest.mark.parametrize("card_hz", RATES_HZ)
def test_ten_minutes_from_a_card_are_ten_minutes_on_the_line(card_hz: int) -> None:
    converter, block, made = FromCard(card_hz), bytes(card_hz // 50 * 2), 0
    for minute in range(1, 11):
        made += sum(len(converter.convert(block)) for _ in range(60 * 50))
        assert 0 <= minute * 60 - made / 16_000 <= LATE_S


@pytest.mark.parametrize("card_hz", RATES_HZ)
def test_a_tone_from_a_card_keeps_its_pitch_and_its_loudness(card_hz: int) -> None:
    converter = FromCard(card_hz)
    heard = b"".join(map(converter.convert, blocks(spoken_to(card_hz, 3), card_hz)))
    assert tone_s(heard, 1000) > 2.7
    middle = numpy.frombuffer(heard, "<i2")[4000:16000].astype(float)
    assert numpy.sqrt((middle**2).mean()) == pytest.approx(12000 / numpy.sqrt(2), rel=0.02)


@pytest.mark.parametrize("card_hz", RATES_HZ)
def test_a_prompt_is_played_whole_in_blocks_of_the_card_and_told_when_it_ends(card_hz: int) -> None:
    playlist = Playlist()
    outgoing = ToCard(playlist, card_hz)
    playlist.add(Prompt.GOODBYE, GOODBYE)
    playlist.add(Prompt.BEEP, GOODBYE[:8000])
    made, ended = b"", []
    for _ in range(round((len(GOODBYE) + 8000) / 320) + 10):
        block, prompts = outgoing.next_block()
        assert len(block) == card_hz // 50 * 2
        made += block
        ended += prompts
    assert ended == [Prompt.GOODBYE, Prompt.BEEP]
    back = FromCard(card_hz)
    heard = b"".join(map(back.convert, [*blocks(made, card_hz), bytes(card_hz // 2)]))
    score, at_s = likeness(GOODBYE, heard)
    assert score > 0.98
    assert at_s <= 0.05


@pytest.mark.parametrize("card_hz", RATES_HZ)
def test_the_card_draws_as_much_as_it_plays_and_the_playlist_never_runs_ahead(card_hz: int) -> None:
    playlist = Playlist()
    outgoing = ToCard(playlist, card_hz)
    playlist.add(Prompt.GREETING, bytes(320) * 10_000)
    for _ in range(5_000):
        outgoing.next_block()
    left = 0
    while playlist.next_frame()[1] is None:
        left += 1
    assert 0 <= 5_000 - left <= LATE_S * 50
