import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from appliance.store import db, live, messages, vault
from appliance.web import api
from tests.web import told
from tests.web.conftest import Browser, Clock, restarted
from tests.web.filling import OFFICER, SECOND, FilledBox, words_of

OPENAPI = json.loads((Path(api.__file__).parent / "openapi.json").read_text("utf-8"))
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def fits(value: Any, schema: dict[str, Any]) -> list[str]:
    """Where a value leaves the schema: the part of JSON Schema that openapi.json uses."""
    if "$ref" in schema:
        return fits(value, OPENAPI["components"]["schemas"][schema["$ref"].split("/")[-1]])
    if "oneOf" in schema:
        faults = [fits(value, one) for one in schema["oneOf"]]
        return [] if [] in faults else min(faults, key=len)
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not any(isinstance(value, KINDS[kind]) for kind in kinds):
        return [f"{value!r} is not {kinds}"]
    if isinstance(value, bool) and "boolean" not in kinds:
        return [f"{value!r} is not {kinds}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{value!r} is not one of {schema['enum']}"]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return [f"{value!r} is not {schema['pattern']}"]
    return _inner(value, schema)


def _inner(value: Any, schema: dict[str, Any]) -> list[str]:
    if isinstance(value, list):
        return [fault for item in value for fault in fits(item, schema["items"])]
    if not isinstance(value, dict):
        return []
    parts = schema.get("properties", {})
    faults = [f"{name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, item in value.items():
        other = schema.get("additionalProperties", True)
        if name in parts:
            faults += [f"{name}: {fault}" for fault in fits(item, parts[name])]
        elif other is False:
            faults.append(f"{name} is not described")
        elif isinstance(other, dict):
            faults += [f"{name}: {fault}" for fault in fits(item, other)]
    return faults


def described(path: str, code: int) -> dict[str, Any]:
    answer = OPENAPI["paths"][path]["get"]["responses"][str(code)]
    schema: dict[str, Any] = answer["content"]["application/json"]["schema"]
    return schema


def test_the_description_has_every_route_for_programs_and_no_other(app: Flask) -> None:
    routes = {
        re.sub(r"<(\w+)>", r"{\1}", str(rule))
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/api/") or rule.endpoint == "status.healthz"
    }
    assert routes == set(OPENAPI["paths"])


@pytest.mark.parametrize("who", ["unlocked", "locked", "anonymous"])
def test_each_answer_is_as_described(
    officer: Browser, box: FilledBox, clock: Clock, app: Flask, who: str
) -> None:
    box.fill()
    ids = list(told.tell(box).values())
    with closing(box.connect()) as conn:
        note = vault.seal_json(box.public, {"text": "gọi lại"})
        messages.add_note(conn, ids[0], note, OFFICER)
    askers = {
        "unlocked": lambda: officer,
        "locked": lambda: restarted(officer, box, clock),
        "anonymous": lambda: Browser(app.test_client()),
    }
    asker = askers[who]()
    asked = [(path, path.replace("{message_id}", one)) for path in OPENAPI["paths"] for one in ids]
    for path, address in dict.fromkeys(asked):
        answer = asker.get(address)
        assert str(answer.status_code) in OPENAPI["paths"][path]["get"]["responses"]
        if answer.is_json:
            assert fits(answer.json, described(path, answer.status_code)) == [], path


def test_the_check_of_the_description_finds_what_does_not_fit() -> None:
    status = described("/api/v1/status", 200)
    assert "modem_up is missing" in fits({}, status)
    assert fits({"error": 3}, described("/api/v1/status", 401)) == ["error: 3 is not ['string']"]
    assert "x is not described" in fits({"error": "a", "x": 1}, described("/api/v1/status", 401))


def test_an_unlocked_session_reads_number_words_and_notes(officer: Browser, box: FilledBox) -> None:
    made = box.add_message("0912345678", "mất con trâu", box.now)
    shown = officer.get(f"/api/v1/messages/{made}").get_json()
    assert shown["caller"]["number"] == "0912345678"
    assert shown["transcript"]["text"] == "mất con trâu"
    assert [w["word"] for w in shown["transcript"]["words"]] == ["mất", "con", "trâu"]
    assert shown["state"] == "transcribed"
    assert shown["end_reason"] == "caller_hung_up"
    listed = officer.get("/api/v1/messages").get_json()["messages"]
    assert [m["first_words"] for m in listed] == ["mất con trâu"]


def test_a_locked_session_reads_clear_fields_only(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    made = box.add_message("0912345678", "mất con trâu", box.now)
    locked = restarted(officer, box, clock)
    shown = locked.get(f"/api/v1/messages/{made}").get_json()
    assert (shown["caller"], shown["transcript"], shown["locked"]) == (None, None, True)
    assert shown["duration_ms"] == 6000
    assert locked.get(f"/api/v1/messages/{made}/audio").status_code == 423


def test_both_texts_and_a_correction_are_for_an_unlocked_session_only(
    officer: Browser, box: FilledBox, clock: Clock
) -> None:
    fight, corrected = told.add_fight(box, box.now), told.add_corrected(box, box.now)
    shown = officer.get(f"/api/v1/messages/{fight}").get_json()
    assert shown["transcript"]["numbers"][0]["value"] == "0912345678"
    name = {"first": 8, "last": 9, "kind": "hamlet", "name": "Nậm Chảy", "exact": False}
    assert shown["second"]["names"] == [name]
    assert shown["second"]["reasons"][0]["phrase"] == "đánh nhau"
    assert (shown["second"]["flagged"], shown["second"]["agreement"]) == (False, 0.8)
    assert officer.get(f"/api/v1/messages/{corrected}").get_json()["correction"] == {
        "text": told.CARD[1]
    }
    listed = officer.get("/api/v1/messages").get_json()["messages"]
    assert listed[0]["first_words"] == told.CARD[1]
    locked = restarted(officer, box, clock).get(f"/api/v1/messages/{fight}")
    for word in ("đánh nhau", "Chảy", "0912345678"):
        assert word not in locked.text
    hidden = locked.get_json()
    assert (hidden["second"], hidden["correction"], hidden["transcript"]) == (None, None, None)
    clear = {"category": "security", "urgency": "urgent", "has_speech": True, "urgent_at": box.now}
    clear |= {"line_quality": "fair", "second_state": "done", "second_model": SECOND[1]}
    assert {name: hidden[name] for name in clear} == clear


def test_words_can_be_read_while_they_are_spoken(officer: Browser, box: FilledBox) -> None:
    call = box.add_call("0912345678", box.now, None)
    with closing(box.connect()) as conn:
        messages.begin(conn, f"{call}-1", call, box.now)
    live.write_partial(box.config.store.run_dir, f"{call}-1", words_of("mất con", 1), "trâu")
    shown = officer.get(f"/api/v1/messages/{call}-1").get_json()
    assert shown["partial"] == "mất con trâu"
    assert shown["transcript"] is None


def test_the_list_goes_on_below_a_seq(officer: Browser, box: FilledBox) -> None:
    ids = box.fill()
    first = officer.get("/api/v1/messages?limit=4").get_json()["messages"]
    below = first[-1]["seq"]
    rest = officer.get(f"/api/v1/messages?limit=200&before={below}").get_json()["messages"]
    assert [m["id"] for m in first + rest] == ids


def test_the_state_of_the_box_is_told(officer: Browser, box: FilledBox) -> None:
    box.fill()
    told = officer.get("/api/v1/status").get_json()
    assert told["modem_up"] and told["transcriber_up"]
    assert told["complaints"] == []
    assert told["messages"]["new"] == 10
    box.healthy(modem="down")
    assert officer.get("/api/v1/status").get_json()["modem_up"] is False
    live.write_status(box.config.store.run_dir, "transcribe", {"at": box.now, "state": "loading"})
    assert officer.get("/api/v1/status").get_json()["transcriber_up"] is False


def test_the_door_bell_says_ok_or_not_and_nothing_else(browser: Browser, box: FilledBox) -> None:
    assert browser.get("/healthz").text == "ok\n"
    box.config.store.database.rename(box.config.store.database.with_suffix(".gone"))
    answer = browser.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not ok\n")


def test_a_database_that_is_gone_gives_a_page_and_not_a_trace(
    officer: Browser, box: FilledBox
) -> None:
    box.config.store.database.rename(box.config.store.database.with_suffix(".gone"))
    answer = officer.get("/")
    assert answer.status_code == 503
    assert "Điện thoại vẫn được trả lời" in answer.text
    assert "hotline.db" not in answer.text
    assert officer.get("/api/v1/messages").get_json() == {"error": "busy"}


def test_a_mistake_of_ours_gives_a_page_in_the_desks_design_and_not_a_trace(
    officer: Browser, box: FilledBox
) -> None:
    made = box.add_message("0912345678", "một", box.now)
    with closing(box.connect()) as conn, db.transaction(conn):
        conn.execute("PRAGMA ignore_check_constraints = ON")
        conn.execute("UPDATE messages SET state = 'nonsense' WHERE id = ?", (made,))
    answer = officer.get(f"/messages/{made}")
    assert answer.status_code in (200, 500)
    assert "Traceback" not in answer.text
