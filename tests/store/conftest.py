from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store import db
from tests.store.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hotline.db"
    db.migrate(path)
    return path


@pytest.fixture
def conn(database: Path) -> Iterator[db.Connection]:
    opened = db.connect(database)
    yield opened
    opened.close()
