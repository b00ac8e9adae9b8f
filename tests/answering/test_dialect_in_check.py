"""What `hotline check` says of a modem that works, but not as it is configured."""

import time
from dataclasses import replace
from pathlib import Path

from appliance import checking
from appliance.config import Config, StoreConfig
from appliance.store import live

ADVICE = '[modem] family = "sim7600", but the modem says it is EC25'


def modem_line(folder: Path, **told: object) -> checking.Line:
    store = StoreConfig(state_dir=folder, run_dir=folder / "run")
    store.run_dir.mkdir()
    live.prepare(store.run_dir)
    live.write_status(store.run_dir, "answer", {"at": time.time(), "state": "IDLE", **told})
    lines = checking.check(replace(Config(), store=store))
    return next(line for line in lines if line.name == "modem")


def test_a_modem_that_speaks_as_configured_is_go(tmp_path: Path) -> None:
    line = modem_line(tmp_path, modem="up", reason="")
    assert (line.go, line.sentence) == (True, "up, the line is IDLE")


def test_a_modem_of_another_dialect_than_configured_is_no_go_with_what_to_set(
    tmp_path: Path,
) -> None:
    line = modem_line(tmp_path, modem="up", reason=ADVICE)
    assert (line.go, line.sentence) == (False, ADVICE)


def test_a_modem_without_voice_is_no_go_with_the_reason(tmp_path: Path) -> None:
    reason = "SIM800L knows only 2G, which Vietnam has switched off: use one of ..."
    line = modem_line(tmp_path, modem="down", reason=reason)
    assert (line.go, line.sentence) == (False, reason)
