"""Addresses of the shipped assets, with a mark of their bytes.

Decides: nothing. May touch: the static folder. Thread: any. Called by: the templates.
A new release shows at once: the address changes with the content, so browsers may keep it.
"""

import hashlib
from functools import cache
from pathlib import Path

from flask import url_for

STATIC = Path(__file__).parent / "static"


def asset(name: str) -> str:
    """The address of one file of the static folder."""
    return url_for("static", filename=name, v=_mark(name))


@cache
def _mark(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
