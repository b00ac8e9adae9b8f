"""What is kept of a second text, and what it may change about its message."""

from pathlib import Path

import pytest

from appliance.store import live, messages, speech_lists
from appliance.store.speech_lists import Name
from tests.transcribing.post import Post
from tests.transcribing.second import MODEL, Bench, make_model

REPORT = (
    "báo các anh ở bản nậm trải có đám thanh niên đánh nhau có đứa cầm giao số tôi là không chín"
    " một hai ba bốn năm sáu bảy tám các anh xuống ngay"
)
BETTER = (
    "Báo các anh, ở bản Nậm Trảy, có đám thanh niên đánh nhau, có đứa cầm dao. Số tôi là không,"
    " chín, một hai ba bốn năm sáu bảy tám, các anh xuống ngay."
)
FAREWELL = "Hãy subscribe cho kênh Ghiền Mì Gõ để không bỏ lỡ những video hấp dẫn " * 2


@pytest.fixture
def bench(post: Post, tmp_path: Path) -> Bench:
    return Bench(post, make_model(tmp_path / "models" / MODEL))


def test_a_message_is_heard_again_and_both_texts_are_kept(post: Post, bench: Bench) -> None:
    message_id = bench.message("chay nha")
    bench.says("Cháy nhà.", dropped=4, cut=2)
    bench.turn_until_state(message_id, "done")
    entry, heard = post.entry(message_id), bench.heard(message_id)
    assert post.transcript(message_id)["text"] == "chay nha"
    assert (entry.engine, entry.model) == ("vosk", "vosk-test")
    assert (entry.second_engine, entry.second_model) == ("whisper", MODEL)
    assert (heard["text"], heard["engine"], heard["model"]) == ("Cháy nhà.", "whisper", MODEL)
    assert heard["words"][0] == {"word": "Cháy", "start": 0.0, "end": 0.3, "conf": 0.9}
    assert heard["second"] == {"agreement": None, "flagged": False, "dropped": 4, "cut": 2}
    assert post.audited(message_id, "heard_again") == 1


def test_its_key_and_its_first_text_are_forgotten_when_it_was_heard_again(
    post: Post, bench: Bench
) -> None:
    message_id = bench.message("cháy nhà")
    assert live.read_stream_key(post.run_dir, message_id)
    bench.turn_until_state(message_id, "done")
    assert list(live.keys_dir(post.run_dir).iterdir()) == []


def test_what_whisper_writes_is_read_like_any_other_text(post: Post, bench: Bench) -> None:
    speech_lists.save_names(post.conn, [Name("Nậm Chảy", "hamlet")], "truong")
    message_id = bench.message(REPORT)
    bench.says(BETTER)
    bench.turn_until_state(message_id, "done")
    entry, heard = post.entry(message_id), bench.heard(message_id)
    assert (entry.category, entry.urgency) == ("security", "urgent")
    assert [(one["kind"], one["value"]) for one in heard["numbers"]] == [("phone", "0912345678")]
    assert [(one["name"], one["exact"]) for one in heard["names"]] == [("Nậm Chảy", False)]
    assert "đánh nhau" in [reason["phrase"] for reason in heard["triage"]["reasons"]]
    assert heard["second"]["agreement"] > 0.9


def test_a_text_of_something_else_is_flagged_and_leaves_the_category(
    post: Post, bench: Bench
) -> None:
    message_id = bench.message(REPORT, verdict=messages.Verdict("security", has_speech=True))
    bench.says(FAREWELL)
    bench.turn_until_state(message_id, "flagged")
    assert bench.heard(message_id)["second"]["agreement"] < 0.15
    assert post.entry(message_id).category == "security"


def test_nothing_heard_where_the_first_heard_much_is_flagged(bench: Bench) -> None:
    message_id = bench.message(REPORT)
    bench.turn_until_state(message_id, "flagged")
    assert bench.heard(message_id)["text"] == ""


def test_nothing_heard_where_nobody_spoke_is_no_contradiction(post: Post, bench: Bench) -> None:
    message_id = bench.message(REPORT, verdict=messages.Verdict("other", has_speech=False))
    bench.turn_until_state(message_id, "done")
    assert bench.heard(message_id)["second"]["agreement"] is None
    assert post.entry(message_id).category == "other"


def test_after_a_power_cut_there_is_nothing_to_compare_with(bench: Bench) -> None:
    message_id = bench.message(REPORT, has_first=False)
    bench.says(FAREWELL)
    bench.turn_until_state(message_id, "done")
    assert bench.heard(message_id)["second"]["agreement"] is None


def test_an_alarm_is_kept_even_of_a_text_that_is_not_trusted(post: Post, bench: Bench) -> None:
    message_id = bench.message("cho tôi hỏi " * 10)
    bench.says("ở bản Pho có người bị đâm chết, các anh lên ngay với")
    bench.turn_until_state(message_id, "flagged")
    assert post.entry(message_id).urgency == "grave"


def test_a_second_text_takes_no_alarm_back(post: Post, bench: Bench) -> None:
    message_id = bench.message(
        "có người đánh nhau", verdict=messages.Verdict("security", "urgent", has_speech=True)
    )
    bench.says("cho tôi hỏi làm căn cước cần giấy tờ gì")
    bench.turn_until_state(message_id, "done")
    entry = post.entry(message_id)
    assert (entry.category, entry.urgency) == ("security", "urgent")
