"""systemd hears what the processes say."""

import socket
from pathlib import Path

import pytest

from appliance import notify


@pytest.mark.parametrize("abstract", [False, True])
def test_each_word_is_one_datagram(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    name = f"hotline-test-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + name if abstract else name)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", "@" + name if abstract else name)
        for say, heard in (
            (notify.ready, b"READY=1"),
            (notify.watchdog, b"WATCHDOG=1"),
            (notify.stopping, b"STOPPING=1"),
            (lambda: notify.status("IDLE"), b"STATUS=IDLE"),
        ):
            say()
            assert systemd.recv(100) == heard


def test_without_systemd_nothing_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    before = set(Path("/proc/self/fd").iterdir())
    notify.ready()
    assert set(Path("/proc/self/fd").iterdir()) == before
