"""Every modem family with every fault: answered, recorded, ended, ready again, or honestly not.

Each run plays every family and every fault once; --long every family with every fault.
The table is printed by tests/bench/show_matrix.py.
"""

from pathlib import Path

import pytest

from appliance.answering.call import State
from appliance.simulating import host_side
from appliance.simulating import modem as modem_module
from appliance.simulating.families import FAMILIES
from appliance.simulating.families.dialect import Dialect
from appliance.simulating.faults import FAULTS
from tests.answering.matrix_cells import EVERY_RUN, LONG, Becomes, Cell
from tests.answering.matrix_phone import CALLER, VOICE, WholePhone, whole_phone
from tests.sound.hearing import likeness

HIDDEN = {"withheld", "masked-number"}
# While the modem takes no sound for more than 1 s the caller hears nothing, and officers are told;
# a stop of 2 s may come too late in so short a call.
TROUBLES: dict[str, list[set[str]]] = {
    "pcm-uplink-stall": [{"uplink_dead"}],
    "flow-stop": [{"uplink_dead"}, set()],
}
AWAY_S = 0.3
RING_S = 1.0  # of a call that nobody sees


@pytest.fixture(autouse=True)
def quick_modem(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds of real modems and networks, shortened."""
    monkeypatch.setattr(modem_module, "RING_EVERY_S", 0.5)
    monkeypatch.setattr(modem_module, "BOOT_S", 0.5)
    monkeypatch.setattr(modem_module, "UNPLUG_AFTER_S", 0.8)
    monkeypatch.setattr(host_side, "SLOW_REPLY_S", 0.1)
    monkeypatch.setattr(Dialect, "slow_answer_s", 2.0)


def each(cells: list[Cell]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cell", cells, ids=lambda cell: cell.name)


@each(EVERY_RUN)
def test_a_call_ends_as_it_should_and_the_line_is_ready_again(cell: Cell, tmp_path: Path) -> None:
    play(cell, tmp_path)


@pytest.mark.long
@each(LONG)
def test_so_it_is_with_every_family_and_every_fault(cell: Cell, tmp_path: Path) -> None:
    play(cell, tmp_path)


def test_each_family_and_each_fault_is_played_in_every_run() -> None:
    assert {cell.family for cell in EVERY_RUN} == set(FAMILIES)
    assert {cell.fault for cell in EVERY_RUN} == {"", *FAULTS}
    assert len(EVERY_RUN) + len(LONG) == len(FAMILIES) * (1 + len(FAULTS))


def play(cell: Cell, folder: Path) -> None:
    with whole_phone(folder, cell.family, *filter(None, [cell.fault])) as phone:
        PLAYED[cell.becomes](phone, cell)
        ready_for_the_next(phone)


def ready_for_the_next(phone: WholePhone) -> None:
    """The line is free, and the next ring is heard."""
    phone.live_until_ready()
    before = phone.rings
    assert phone.call(), "the number cannot be reached any more"
    phone.live_until(lambda: phone.rings > before, "the next ring")


def heal(phone: WholePhone, fault: str) -> None:
    assert phone.network.ask("fault", clear=[fault])["ok"]


def is_voice_kept(phone: WholePhone) -> bool:
    (kept,) = phone.recordings()
    return likeness(VOICE, kept.pcm)[0] > 0.9


def leaves_message(phone: WholePhone, cell: Cell) -> None:
    phone.live_until_ready()
    assert phone.call()
    phone.live_until_over()
    assert phone.network.event("ended")["ended_by"] == "caller"
    assert phone.clerk.outcomes == ["message"]
    assert phone.recordings()[0].reason == "caller_hung_up"
    assert is_voice_kept(phone)
    assert phone.numbers == ({None} if cell.fault in HIDDEN else {CALLER})
    assert phone.troubles in TROUBLES.get(cell.fault, [set()])


def leaves_message_and_stays(phone: WholePhone, _cell: Cell) -> None:
    phone.live_until_ready()
    assert phone.call(stays=True)
    phone.live_until_over()
    assert phone.network.event("ended")["ended_by"] == "network"
    assert phone.clerk.outcomes == ["message"]
    assert is_voice_kept(phone)


def gives_up(phone: WholePhone, _cell: Cell) -> None:
    phone.live_until_ready()
    assert phone.call()
    phone.live_until_over()
    assert phone.network.event("ended")["outcome"] != "answered"
    assert phone.clerk.outcomes == ["missed"]
    assert phone.recordings() == []


def is_not_left_in_silence(phone: WholePhone, _cell: Cell) -> None:
    phone.live_until_ready()
    assert phone.call()
    phone.live_until_over()
    assert phone.network.event("ended")["ended_by"] == "box"
    assert phone.clerk.outcomes == ["line_lost"]
    assert phone.troubles == {"voice_path"}


def loses_the_line(phone: WholePhone, cell: Cell) -> None:
    phone.live_until_ready()
    assert phone.call()
    phone.live_until_over()
    assert phone.network.event("ended")["ended_by"] == "network"
    assert phone.clerk.outcomes == ["line_lost"]
    heal(phone, cell.fault)


def finds_no_modem(phone: WholePhone, cell: Cell) -> None:
    phone.live_until(lambda: phone.status.trouble, "the reason why there is no modem")
    assert (phone.status.up, phone.status.trouble) == (False, cell.trouble)
    assert phone.daemon.machine.state is State.OFFLINE
    assert phone.rings == 0
    heal(phone, cell.fault)
    assert phone.network.ask("unplug", for_s=AWAY_S)["ok"]  # a SIM is changed without power


def cannot_be_reached(phone: WholePhone, cell: Cell) -> None:
    phone.live_until_ready()
    assert not phone.call()
    heal(phone, cell.fault)


def rings_unseen(phone: WholePhone, cell: Cell) -> None:
    phone.live_until_ready()
    assert phone.call(ring_s=RING_S)
    assert phone.network.event("ended")["outcome"] == "unanswered"
    assert phone.rings == 0
    heal(phone, cell.fault)


PLAYED = {
    Becomes.MESSAGE: leaves_message,
    Becomes.RESET: leaves_message_and_stays,
    Becomes.MISSED: gives_up,
    Becomes.NO_SOUND: is_not_left_in_silence,
    Becomes.LINE_LOST: loses_the_line,
    Becomes.DOWN: finds_no_modem,
    Becomes.UNREACHABLE: cannot_be_reached,
    Becomes.UNSEEN: rings_unseen,
}
