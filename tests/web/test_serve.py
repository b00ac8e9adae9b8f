import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from appliance import config as configuration
from tests.web.conftest import NOW
from tests.web.filling import FilledBox, config_in
from tests.web.serving import free_port, serving


def serve(toml: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance", "web", "--config", str(toml)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_an_address_in_use_is_one_line_that_names_it(box: FilledBox) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        occupied = FilledBox(config_in(box.config.store.state_dir.parent, port), b"", NOW)
        done = serve(occupied.write_toml())
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_box_that_was_never_set_up_says_what_to_do(tmp_path: Path) -> None:
    toml = tmp_path / "hotline.toml"
    toml.write_text(f'[store]\nstate_dir = "{tmp_path}"\nrun_dir = "{tmp_path}"\n', "utf-8")
    assert configuration.load(toml)
    done = serve(toml)
    assert done.returncode == 1
    assert "run `hotline init`" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_body_larger_than_any_form_is_refused_before_it_is_read(box: FilledBox) -> None:
    port = free_port()
    box = FilledBox(config_in(box.config.store.state_dir.parent, port), b"", NOW)
    with (
        serving(box),
        socket.create_connection(("127.0.0.1", port), timeout=20) as asker,
    ):
        asker.sendall(
            b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000000\r\n\r\n"
        )
        assert asker.recv(100).startswith(b"HTTP/1.1 413 "), "and no byte of it was sent"


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
def test_being_told_to_stop_twice_is_being_told_to_stop(
    box: FilledBox, first: signal.Signals
) -> None:
    box = FilledBox(config_in(box.config.store.state_dir.parent, free_port()), b"", NOW)
    with serving(box):  # asserts that it ends with 0
        os.kill(box.pid, first)
