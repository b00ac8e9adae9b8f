"""The page's own process, for the tests that need a real address."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.web.filling import FilledBox


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(box: FilledBox) -> Iterator[str]:
    """The page's own process, from its front door."""
    port = box.config.web.port
    command = [sys.executable, "-m", "appliance", "web", "--config", str(box.write_toml())]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    box.pid = process.pid
    try:
        assert process.stderr
        for line in process.stderr:
            if "the page is at" in line:
                break
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        _, said = process.communicate(timeout=20)
        assert process.returncode == 0, said
