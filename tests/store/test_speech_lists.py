"""The post's keywords and names: kept as TOML, refused whole when one entry is wrong."""

import tomllib
import unicodedata
from typing import Any

import pytest

from appliance.errors import ConfigError
from appliance.store import audit, db, settings, speech_lists
from appliance.store.speech_lists import Keyword, Name

FIRE = Keyword("cháy nhà", "security", "urgent", 9)
PHO = Name("bản Pho", "hamlet")


def test_a_new_post_has_the_shipped_keywords_and_no_names(conn: db.Connection) -> None:
    assert len(speech_lists.load_keywords(conn)) > 0
    assert speech_lists.load_names(conn) == ()


def test_what_is_saved_is_loaded_composed_and_audited_without_its_words(
    conn: db.Connection,
) -> None:
    apart = unicodedata.normalize("NFD", FIRE.phrase)
    speech_lists.save_keywords(conn, [Keyword(apart, "security", "urgent", 9)], "truong-cong-an")
    speech_lists.save_names(conn, [PHO], "truong-cong-an")
    assert speech_lists.load_keywords(conn) == (FIRE,)
    assert speech_lists.load_names(conn) == (PHO,)
    assert {row.action for row in audit.list_for(conn, "keywords")} == {"setting_changed"}


def test_an_emptied_list_of_names_stays_empty(conn: db.Connection) -> None:
    speech_lists.save_names(conn, [PHO], "truong-cong-an")
    speech_lists.save_names(conn, [], "truong-cong-an")
    assert speech_lists.load_names(conn) == ()


def test_keywords_that_would_raise_no_alarm_are_refused_and_the_others_stay(
    conn: db.Connection,
) -> None:
    speech_lists.save_keywords(conn, [FIRE], "truong-cong-an")
    for silent in ([], [Keyword("căn cước", "procedure", "normal", 9)]):
        with pytest.raises(ConfigError, match="no call would raise alarm"):
            speech_lists.save_keywords(conn, silent, "truong-cong-an")
    assert speech_lists.load_keywords(conn) == (FIRE,)


def test_quotes_and_line_breaks_survive_the_toml(conn: db.Connection) -> None:
    hostile = Name('bản "Pho" \\ [[names]]', "hamlet")
    speech_lists.save_names(conn, [hostile], "truong-cong-an")
    assert speech_lists.load_names(conn) == (hostile,)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"phrase": "cháy", "category": "fire"}, "category = 'fire': must be one of procedure"),
        ({"phrase": "cháy", "category": "security", "urgency": 3}, "urgency = 3: must be one of"),
        ({"phrase": "cháy", "category": "security", "weight": 11}, "weight = 11: must be"),
        ({"phrase": "cháy", "category": "security", "weight": True}, "weight = True"),
        ({"phrase": "  ", "category": "security"}, "phrase = '': must be 1 to 80 letters"),
        ({"phrase": "x" * 81, "category": "security"}, "must be 1 to 80 letters"),
        ({"phrase": "a\ud800b", "category": "security"}, "must be 1 to 80 letters"),
        ({"phrase": 7, "category": "security"}, "phrase must be a text"),
        ({"category": "security"}, "phrase must be a text"),
        ({"phrase": "cháy", "category": "security", "colour": 1}, "unknown key colour"),
    ],
)
def test_a_wrong_entry_is_named_and_nothing_is_changed(
    conn: db.Connection, entry: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match="keywords entry 2: ") as caught:
        speech_lists.parse_keywords(
            {"keywords": [{"phrase": "cháy nhà", "category": "security"}, entry]}
        )
    assert said in str(caught.value)
    assert settings.get(conn, "keywords") is None


def test_a_list_that_is_no_list_is_refused() -> None:
    for value in ("cháy", {"phrase": "cháy"}, ["cháy"]):
        with pytest.raises(ConfigError, match=r"must be a list of \[\[keywords\]\] tables"):
            speech_lists.parse_keywords({"keywords": value})
    with pytest.raises(ConfigError, match="at most 2000"):
        speech_lists.parse_names({"names": [{"name": "a", "kind": "place"}] * 2001})


def test_the_shipped_list_is_valid_and_says_nothing_twice() -> None:
    shipped = tomllib.loads(speech_lists.SHIPPED_KEYWORDS.read_text("utf-8"))
    phrases = [each.phrase for each in speech_lists.parse_keywords(shipped)]
    assert len(phrases) == len(set(phrases))
