"""The watch: only a call that does not come back ends the process."""

import subprocess
import sys
import threading

from appliance.transcribing.watch import Watch

DEADLINE_S = 30.0


def test_a_call_that_does_not_come_back_is_noticed() -> None:
    ended = threading.Event()
    watch = Watch(0.2, ended.set)
    watch.start()
    with watch.guard():
        assert ended.wait(DEADLINE_S)
    watch.stop()


def test_many_calls_that_come_back_are_no_hang_however_long_they_take_together() -> None:
    ended, rest = threading.Event(), threading.Event()
    watch = Watch(1.0, ended.set)
    watch.start()
    for _ in range(30):
        with watch.guard():
            rest.wait(0.05)
    watch.stop()
    assert not ended.is_set()


def test_resting_between_calls_is_no_hang() -> None:
    ended = threading.Event()
    watch = Watch(0.2, ended.set)
    watch.start()
    with watch.guard():
        pass
    assert not ended.wait(0.5)
    watch.stop()


def test_the_process_ends_with_70_although_its_main_thread_hangs() -> None:
    program = (
        "import threading; from appliance.transcribing.watch import Watch\n"
        "watch = Watch(0.2); watch.start()\n"
        "with watch.guard(): threading.Event().wait()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=DEADLINE_S, check=False)
    assert done.returncode == 70
