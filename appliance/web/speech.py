"""The post's own words: what makes a message urgent, and the names of its places.

Decides: who may change the lists (the head). May touch: the two lists in the settings.
Thread: the request's. Called by: officers (read), the head (edit).
A list is saved whole or not at all; what was typed comes back with a word at each faulty entry.
"""

import hashlib
import tomllib
from dataclasses import dataclass

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from appliance.errors import ConfigError
from appliance.store import audit, speech_lists
from appliance.store.verdicts import CATEGORIES
from appliance.web import history, wording
from appliance.web.desk import actor, rows
from appliance.web.gate import Level, asks
from appliance.web.word_rows import (
    KEYWORDS,
    NAMES,
    Row,
    WordList,
    blank_rows,
    by_category,
    checked,
    read_rows,
)

# 2000 entries, the most a list may have, of 40 letters each: about 500 bytes of a form a row.
LARGEST_FORM = 1024 * 1024
LISTS = (KEYWORDS, NAMES)
DEEDS_SHOWN = 10  # the newest changes; `hotline audit` has all

bp = Blueprint("speech", __name__)


@dataclass(frozen=True)
class ShownList:
    """One list as the page shows it; mark: what is stored now, so that nobody is overwritten."""

    words: WordList
    rows: tuple[Row, ...]
    mark: str
    fault: str = ""
    is_broken: bool = False


@bp.get("/speech")
@asks(Level.UNLOCKED)
def page() -> ResponseReturnValue:
    """Show both lists."""
    return _page(*(_stored(words) for words in LISTS))


@bp.post("/speech/names")
@asks(Level.UNLOCKED, largest=LARGEST_FORM)
def save_names() -> ResponseReturnValue:
    """Replace the names."""
    return _save(NAMES)


@bp.post("/speech/keywords")
@asks(Level.UNLOCKED, largest=LARGEST_FORM)
def save_keywords() -> ResponseReturnValue:
    """Replace the keywords."""
    return _save(KEYWORDS)


def _save(words: WordList) -> ResponseReturnValue:
    if g.officer.role != "head":
        abort(403)
    typed = read_rows(words, request.form)
    if typed is None:
        abort(400)
    stored = _stored(words)
    found = checked(words, typed)
    fault = _fault(words, found, stored.mark != request.form.get("mark", ""))
    if fault:
        returned = ShownList(words, found, stored.mark, fault)
        shown = [returned if each is words else _stored(each) for each in LISTS]
        return _page(*shown), 400
    words.save(rows(), [row.values for row in found], actor())
    return redirect(url_for("speech.page", _anchor=f"saved-{words.key}"), 303)


def _fault(words: WordList, found: tuple[Row, ...], is_changed: bool) -> str:
    if any(row.fault for row in found):
        return gettext("Chưa lưu: có dòng chưa đúng, xem chỗ báo đỏ.")
    if len(found) > speech_lists.MOST:
        return gettext("Chưa lưu: nhiều nhất %(count)s dòng.", count=speech_lists.MOST)
    if words is KEYWORDS and not speech_lists.raises_alarms(
        str(row.values["urgency"]) for row in found
    ):
        return gettext("Chưa lưu: không có dòng nào khẩn cấp, máy sẽ không báo động nữa.")
    if is_changed:
        return gettext(
            "Chưa lưu: danh sách vừa được đổi ở nơi khác. Bấm lưu lần nữa để dùng bản này."
        )
    return ""


def _stored(words: WordList) -> ShownList:
    """What is stored; a broken list (a hand was in the database) shows what was shipped."""
    try:
        found, is_broken = words.load(rows()), False
    except (ConfigError, tomllib.TOMLDecodeError):
        found, is_broken = words.shipped(), True
    mark = hashlib.sha256(repr(found).encode()).hexdigest()[:16]
    return ShownList(words, tuple(Row(values) for values in found), mark, is_broken=is_broken)


def _page(*lists: ShownList) -> str:
    is_head = g.officer.role == "head"
    deeds = [row for words in LISTS for row in audit.list_for(rows(), words.key)]
    newest = sorted(deeds, key=lambda row: -row.seq)[:DEEDS_SHOWN]
    return render_template(
        "speech.html",
        lists=lists,
        is_head=is_head,
        blank=blank_rows if is_head else lambda _words: (),
        by_category=by_category,
        # said once, not for each of a thousand rows
        categories={code: str(wording.CATEGORIES[code]) for code in CATEGORIES},
        urgencies={code: str(name) for code, name in wording.URGENCIES.items()},
        kinds={code: str(name) for code, name in wording.NAME_KINDS.items()},
        history=history.in_words(newest),
    )
