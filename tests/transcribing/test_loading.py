"""A long load is not silence, and a load that never ends is."""

import threading

from appliance.transcribing.loading import loading
from tests.transcribing.post import Post, wait_for


def test_a_long_load_says_again_that_it_loads(post: Post) -> None:
    with loading(post.run_dir, again_every_s=0.02):
        first = post.status()["at"]
        wait_for("a second word", lambda: post.status()["at"] > first)
        assert post.status()["state"] == "loading"


def test_nothing_is_said_of_loading_after_the_load(post: Post) -> None:
    before = threading.active_count()
    with loading(post.run_dir, again_every_s=0.001):
        pass
    assert threading.active_count() == before


def test_a_load_that_hangs_falls_silent(post: Post) -> None:
    with loading(post.run_dir, again_every_s=0.01, longest_s=0.05):
        wait_for("its end", lambda: not any(one.name == "loading" for one in threading.enumerate()))
        assert post.status()["state"] == "loading"
