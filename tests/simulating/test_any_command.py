"""No command line, however odd, breaks a software modem; ports come back under other names."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.simulating.families import FAMILIES
from appliance.simulating.faults import FAULTS
from appliance.simulating.ports import Pty
from tests.simulating.parts import Desk

FINALS = ("OK", "ERROR", "NO CARRIER", "+CME ERROR: ", "+CMS ERROR: ")
NAMES = sorted({name for family in FAMILIES for name in Desk(family).dialect.methods})
ARGUMENTS = st.lists(
    st.sampled_from(
        ["", "0", "1", "2", "3", "4", "16", "99999", "x", "-1", '"MC"', '"ME"', '"ims"', '"List"']
    )
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=5),
    max_size=4,
).map(",".join)
COMMANDS = st.builds(
    lambda name, form, arguments: name + form + (arguments if form == "=" else ""),
    st.sampled_from(NAMES),
    st.sampled_from(["", "?", "=?", "=", "="]),
    ARGUMENTS,
)


@given(st.sampled_from(sorted(FAMILIES)), st.sets(st.sampled_from(sorted(FAULTS)), max_size=3))
def test_every_family_starts_with_any_faults(family: str, faults: set[str]) -> None:
    desk = Desk(family)
    desk.faults.change(faults)
    desk.dialect.ring_lines(desk.talk(), first=True)
    desk.dialect.boot_lines()
    assert desk.dialect.run("", 1.0).final == "OK"


@given(st.sampled_from(sorted(FAMILIES)), st.booleans(), st.lists(COMMANDS, max_size=8))
def test_any_commands_get_one_of_the_known_answers(
    family: str, in_call: bool, commands: list[str]
) -> None:
    desk = Desk(family)
    if in_call:
        desk.talk()
    for command in commands:
        assert desk.dialect.run(command, 100.0).final.startswith(FINALS), command


@pytest.mark.parametrize("times", [50])
def test_fifty_returns_under_another_name_each_and_nothing_leaks(
    tmp_path: Path, times: int
) -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    port = Pty(tmp_path / "at")
    last = None
    for _ in range(times):
        port.plug()
        here = (tmp_path / "at").readlink()
        assert here != last
        last = here
        port.unplug()
    assert len(list(descriptors.iterdir())) == before
    assert list(tmp_path.iterdir()) == []
