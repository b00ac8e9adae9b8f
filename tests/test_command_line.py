"""What a technician and a script get from `hotline`, on a box with a night's calls in it."""

import json
import time
import wave
from pathlib import Path

import pytest

from appliance.store import audit, db
from tests.end_to_end.boxes import hotline
from tests.web import told
from tests.web.filling import (
    HEAD,
    NIGHT,
    OFFICER,
    PASSWORD,
    RECOVERY,
    TECHNICIAN,
    FilledBox,
    make_box,
    tone,
)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> FilledBox:
    made = make_box(tmp_path_factory.mktemp("box"), time.time())
    made.fill()
    made.healthy()
    made.write_toml()
    return made


def run(box: FilledBox, *words: str, feed: str | None = None, ok: bool = True) -> str:
    path = box.config.store.state_dir / "hotline.toml"
    done = hotline(*words, "--config", str(path), feed=feed, ok=ok)
    return done.stdout if ok else done.stderr


def test_messages_without_a_password_show_clear_fields_only(box: FilledBox) -> None:
    printed = run(box, "messages", "--json")
    listed = json.loads(printed)
    assert len(listed) == len(NIGHT)
    assert {"id", "received_at", "state", "duration_ms"} <= set(listed[0])
    assert "caller" not in listed[0]
    for number, text in NIGHT:
        assert (number or "0912345678") not in printed
        assert text not in printed


def test_messages_are_whole_once_unlocked_and_the_reading_is_logged(box: FilledBox) -> None:
    words = ("messages", "--json", "--officer", OFFICER, "--password-stdin", "--limit", "3")
    listed = json.loads(run(box, *words, feed=PASSWORD + "\n"))
    assert [m["transcript"]["text"] for m in listed] == [text for _, text in NIGHT[:3]]
    assert [m["caller"]["number"] for m in listed] == [number for number, _ in NIGHT[:3]]
    conn = db.connect(box.config.store.database)
    rows = audit.list_for(conn, listed[0]["id"])
    assert (rows[-1].actor, rows[-1].action) == (OFFICER, "read")


def test_a_wrong_password_opens_nothing(box: FilledBox) -> None:
    words = ("messages", "--json", "--officer", OFFICER, "--password-stdin")
    said = run(box, *words, feed="not this one\n", ok=False)
    assert said.startswith("hotline: ")
    assert NIGHT[0][1] not in said


def test_a_technician_has_no_key(box: FilledBox) -> None:
    words = ("messages", "--json", "--officer", TECHNICIAN, "--password-stdin")
    assert "holds no key" in run(box, *words, feed=PASSWORD + "\n", ok=False)


def test_an_export_is_a_wav_is_logged_and_overwrites_nothing(
    box: FilledBox, tmp_path: Path
) -> None:
    message_id = json.loads(run(box, "messages", "--json"))[0]["id"]
    target = tmp_path / "message.wav"
    words = ("export", message_id, "--officer", HEAD, "--password-stdin", "--to", str(target))
    run(box, *words, feed=PASSWORD + "\n")
    with wave.open(str(target)) as file:
        assert file.getframerate() == 8000
        assert file.readframes(file.getnframes()) == tone(6.0)
    conn = db.connect(box.config.store.database)
    assert audit.list_for(conn, message_id)[-1].action == "exported"
    assert "File exists" in run(box, *words, feed=PASSWORD + "\n", ok=False)


@pytest.mark.parametrize("message_id", ["0" * 32 + "-1", "../../etc/passwd", ""])
def test_an_export_of_nothing_is_refused(box: FilledBox, tmp_path: Path, message_id: str) -> None:
    target = str(tmp_path / "x.wav")
    words = ("export", message_id, "--officer", HEAD, "--password-stdin", "--to", target)
    assert run(box, *words, feed=PASSWORD + "\n", ok=False).startswith("hotline: ")
    assert not Path(target).exists()


def test_check_names_every_part_and_the_sentence_that_mends_it(box: FilledBox) -> None:
    path = box.config.store.state_dir / "hotline.toml"
    done = hotline("check", "--json", "--config", str(path), ok=False)
    assert done.returncode == 1
    lines = {line["name"]: line for line in json.loads(done.stdout)}
    assert lines["keys"]["go"]
    assert lines["audit"]["go"]
    assert lines["prompts"]["go"]
    assert not lines["model"]["go"]
    assert "hotline model add" in lines["model"]["sentence"]
    assert not lines["web"]["go"]
    assert "start web" in lines["web"]["sentence"]


def test_status_says_what_is_wrong_in_words(box: FilledBox) -> None:
    assert run(box, "status") == "No complaint.\n"
    box.healthy(modem="down", troubles=["disk_full"])
    path = box.config.store.state_dir / "hotline.toml"
    done = hotline("status", "--config", str(path), ok=False)
    assert done.returncode == 1
    assert "calls are NOT answered" in done.stdout
    assert "disk is full" in done.stdout


def test_a_second_init_changes_nothing(box: FilledBox) -> None:
    key = box.config.store.public_key.read_bytes()
    assert "Nothing was changed" in run(box, "init")
    assert box.config.store.public_key.read_bytes() == key


def test_an_officer_is_added_listed_and_disabled(box: FilledBox) -> None:
    words = ("officer", "add", "can-bo-9", "--role", "officer", "--by", HEAD, "--password-stdin")
    once = run(box, *words, feed=PASSWORD + "\n").strip()
    assert len(once) >= 12
    assert "can-bo-9\tofficer\n" in run(box, "officer", "list")
    end = ("officer", "disable", "can-bo-9", "--by", HEAD, "--password-stdin")
    assert run(box, *end, feed="a guess\n", ok=False).startswith("hotline: ")
    assert "can-bo-9\tofficer\n" in run(box, "officer", "list"), "nobody acts in another's name"
    run(box, *end, feed=PASSWORD + "\n")
    assert "can-bo-9\tofficer\tdisabled" in run(box, "officer", "list")


def test_one_damaged_message_does_not_hide_the_others(tmp_path: Path) -> None:
    box = make_box(tmp_path, time.time())
    box.write_toml()
    damaged, whole = (box.add_message("0912345678", text, time.time()) for text in ("a", "b"))
    conn = db.connect(box.config.store.database)
    conn.execute("UPDATE messages SET sealed_transcript = x'00' WHERE id = ?", (damaged,))
    conn.close()
    words = ("messages", "--json", "--officer", OFFICER, "--password-stdin")
    listed = {m["id"]: m for m in json.loads(run(box, *words, feed=PASSWORD + "\n"))}
    assert listed[whole]["transcript"]["text"] == "b"
    assert (listed[damaged]["transcript"], listed[damaged]["damaged"]) == (None, ["transcript"])
    assert listed[damaged]["caller"]["number"] == "0912345678"


def test_messages_tell_urgency_in_clear_and_both_texts_once_unlocked(tmp_path: Path) -> None:
    box = make_box(tmp_path, time.time())
    box.write_toml()
    told.add_corrected(box, time.time())
    made = told.add_fight(box, time.time())
    printed = run(box, "messages", "--json")
    assert "đánh" not in printed
    clear = json.loads(printed)[0]
    assert (clear["urgency"], clear["category"]) == ("urgent", "security")
    assert (clear["second_state"], clear["has_speech"]) == ("done", True)
    assert f"urgent  security   {made}" in run(box, "messages")
    words = ("messages", "--json", "--officer", OFFICER, "--password-stdin")
    opened = json.loads(run(box, *words, feed=PASSWORD + "\n"))
    assert "đánh nhau" in opened[0]["second"]["text"]
    assert opened[0]["transcript"]["triage"]["urgency"] == "urgent"
    assert opened[1]["correction"] == {"text": told.CARD[1]}


def test_the_audit_chain_is_verified_and_a_change_is_found(tmp_path: Path) -> None:
    box = make_box(tmp_path, time.time())
    box.add_message("0912345678", "xin chào", time.time())
    box.write_toml()
    assert "chain intact" in run(box, "audit", "verify")
    conn = db.connect(box.config.store.database)
    conn.execute("DROP TRIGGER audit_is_never_changed")
    conn.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3")
    conn.close()
    assert "breaks at row 3" in run(box, "audit", "verify", ok=False)


def test_the_help_names_every_command_of_the_contract() -> None:
    printed = hotline("--help").stdout
    for name in ("init", "answer", "transcribe", "web", "up", "check", "status", "messages"):
        assert f"  {name} " in printed
    for name in ("officer", "model", "export", "audit", "settings", "simulate"):
        assert f"  {name} " in printed


def test_a_forgotten_password_is_replaced_and_the_messages_still_open(box: FilledBox) -> None:
    words = ("officer", "reset", OFFICER, "--by", HEAD, "--password-stdin")
    once = run(box, *words, feed=PASSWORD + "\n").strip()
    opened = ("messages", "--json", "--officer", OFFICER, "--password-stdin", "--limit", "1")
    assert json.loads(run(box, *opened, feed=once + "\n"))[0]["transcript"]["text"] == NIGHT[0][1]
    assert run(box, *opened, feed=PASSWORD + "\n", ok=False).startswith("hotline: ")


def test_the_recovery_code_lets_the_head_in_again(box: FilledBox) -> None:
    words = ("officer", "reset", HEAD, "--recovery", "--password-stdin")
    once = run(box, *words, feed=RECOVERY.lower().replace("-", " ") + "\n").strip()
    opened = ("messages", "--json", "--officer", HEAD, "--password-stdin", "--limit", "1")
    assert json.loads(run(box, *opened, feed=once + "\n"))[0]["caller"]["number"] == NIGHT[0][0]
    assert run(box, *words, feed="ABCD-EFGH\n", ok=False).startswith("hotline: ")
