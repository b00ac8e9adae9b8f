# flask-babel 4.0 ships no types: only what the page uses.
from collections.abc import Callable

from flask import Flask

from flask_babel.speaklater import LazyString

class Babel:
    def __init__(self, app: Flask, *, locale_selector: Callable[[], str | None]) -> None: ...

def gettext(string: str, **variables: object) -> str: ...
def lazy_gettext(string: str, **variables: object) -> LazyString: ...
