"""How hard a modem is shaken: the gentlest rung first, none too often, a person's work never."""

import itertools
from dataclasses import replace

import pytest

from appliance.answering import ladder
from appliance.answering.ladder import Memory, Rung

DAY_S = 86_400.0
OURS = ("modem_silent", "modem_broken", "modem_gone", "port_missing")
PERSONS = (
    *("port_busy", "port_forbidden", "port_wrong", "sim_pin", "sim_pin_wrong", "sim_last_try"),
    *("sim_puk", "sim_other", "modem_other", "modem_restarted", ""),
)


def climb(
    trouble: str, for_s: float, memory: Memory, start: float = DAY_S, every_s: float = 5.0
) -> tuple[list[tuple[float, Rung]], Memory]:
    """What is done to a modem that stays as it is, looked at every few seconds."""
    done: list[tuple[float, Rung]] = []
    now = start
    while now < start + for_s:
        memory = ladder.down(memory, now)
        rung = ladder.next_rung(ladder.name_trouble(trouble, memory), memory, now)
        memory = ladder.took(memory, rung, now)
        if rung is not Rung.REOPEN:
            done.append((now - start, rung))
        now += every_s
    return done, memory


def was_up() -> Memory:
    return ladder.up(Memory(), "1-1.2", 0.0)


def test_a_silent_modem_is_reopened_restarted_power_cut_and_at_last_the_machine_reboots() -> None:
    done, _ = climb("modem_silent", 1200, was_up())
    firsts = {rung: next(at for at, r in done if r is rung) for rung in Rung if rung}
    assert firsts[Rung.RESTART] == 5.0, "after one opening that failed"
    assert 20.0 <= firsts[Rung.USB] - firsts[Rung.RESTART] <= 30.0
    assert firsts[Rung.USB] <= 35.0, "noticed within 35 s, back within 90 s"
    assert firsts[Rung.REBOOT] >= 600.0


@pytest.mark.parametrize("trouble", OURS)
def test_a_modem_dead_for_two_days_costs_one_reboot_in_six_hours_at_most(trouble: str) -> None:
    done, _ = climb(trouble, 2 * DAY_S, was_up())
    reboots = [at for at, rung in done if rung is Rung.REBOOT]
    assert reboots
    assert all(b - a >= 6 * 3600 for a, b in itertools.pairwise(reboots))
    resets = [at for at, rung in done if rung is Rung.USB]
    assert all(b - a >= 600 for a, b in itertools.pairwise(resets))


@pytest.mark.parametrize("trouble", PERSONS)
def test_what_a_person_must_mend_is_only_tried_again(trouble: str) -> None:
    assert climb(trouble, DAY_S, Memory())[0] == []


@pytest.mark.parametrize(
    ("trouble", "highest"), [("sim_missing", Rung.RESTART), ("sim_stuck", Rung.USB)]
)
def test_a_sim_is_no_reason_to_reboot(trouble: str, highest: Rung) -> None:
    done, _ = climb(trouble, DAY_S, was_up())
    assert max(rung for _, rung in done) is highest


def test_a_port_that_was_a_modem_before_is_a_silent_modem_not_a_wrong_port() -> None:
    assert climb("port_wrong", 1200, was_up())[0]
    assert ladder.name_trouble("port_wrong", Memory()) == "port_wrong"
    assert ladder.name_trouble("sim_pin", was_up()) == "sim_pin"


def test_a_modem_that_is_not_there_is_not_sent_commands() -> None:
    done, _ = climb("port_missing", 500, was_up())
    assert [rung for _, rung in done] == [Rung.USB]
    assert done[0][0] >= 45.0, "it may be restarting by itself"


def test_a_modem_that_left_the_bus_after_its_restart_is_given_time_to_come_back() -> None:
    memory = ladder.took(ladder.down(was_up(), DAY_S), Rung.RESTART, DAY_S + 30)
    done, _ = climb("port_missing", 300, memory, start=DAY_S + 31)
    assert done[0][1] is Rung.USB
    assert done[0][0] >= 44.0


def test_a_box_without_modem_since_its_start_waits_an_hour_for_the_technician() -> None:
    done, _ = climb("port_missing", 7200, Memory())
    assert [rung for _, rung in done] == [Rung.REBOOT]
    assert done[0][0] >= 3600.0


def test_after_a_reboot_for_the_modem_the_next_one_comes_after_six_hours_at_the_soonest() -> None:
    memory = replace(Memory(), rebooted_before=True)
    done, _ = climb("port_missing", 5.9 * 3600, memory, start=0.0)
    assert done == []
    done, _ = climb("port_missing", 7 * 3600, memory, start=0.0, every_s=30.0)
    assert [rung for _, rung in done] == [Rung.REBOOT]


def test_a_modem_that_came_back_starts_at_the_bottom_but_is_not_shaken_again_at_once() -> None:
    _, memory = climb("modem_silent", 60, was_up())
    assert memory.usb_at is not None
    memory = ladder.up(memory, "1-1.3", DAY_S + 60)
    assert (memory.down_since, memory.failures, memory.usb_path) == (None, 0, "1-1.3")
    done, _ = climb("modem_silent", 300, memory, start=DAY_S + 180)
    assert Rung.USB not in {rung for _, rung in done}
    assert Rung.RESTART in {rung for _, rung in done}


def test_a_modem_that_is_lost_again_as_soon_as_it_is_up_is_restarted() -> None:
    memory, done = was_up(), []
    for moment in range(0, 600, 20):
        memory = ladder.down(memory, DAY_S + moment)
        rung = ladder.next_rung("modem_broken", memory, DAY_S + moment)
        memory = ladder.took(memory, rung, DAY_S + moment)
        memory = ladder.up(memory, "1-1.2", DAY_S + moment + 5)
        done.append(rung)
    assert done.count(Rung.RESTART) == 5, "each two minutes"
    assert Rung.REBOOT not in done


def test_without_a_rescuer_only_the_modem_itself_is_restarted() -> None:
    memory = ladder.down(ladder.down(was_up(), 0.0), 5000.0)
    assert ladder.next_rung("modem_silent", memory, 5000.0, Rung.RESTART) is Rung.RESTART
