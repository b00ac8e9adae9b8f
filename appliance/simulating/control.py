"""The control socket of the software modem: place calls, switch faults, hear what happens.

Decides: what a request means. May touch: one AF_UNIX stream socket. Thread: the modem's.
Called by: modem_command. JSON lines; PROTOCOL is the whole of it.
"""

import base64
import binascii
import json
import os
import socket
from dataclasses import asdict
from pathlib import Path
from typing import Any

from appliance.errors import HotlineError
from appliance.simulating.caller import SPEAK_AFTER_S, Script
from appliance.simulating.modem import SoftModem

PROTOCOL = """\
Each request is one JSON line {"do": ...}; each gets one line {"reply": ..., "ok": true, ...}
or {"reply": ..., "ok": false, "error": TEXT}.
  place_call  from; optional: withheld forwarded audio (base64, 8 kHz s16le mono)
              speak ("after-beep" or "at-once") speak_after_s keys ([[seconds, key], ...])
              hang_up_after_s hang_up_in_greeting_s (null: never) ring_s keep_heard
              replies with the number of the call; then events follow:
              {"event": "ringing" or "waiting" or "answered" or "beep" or "voice_started" or
              "voice_ended", "call": N, "at": EPOCH_SECONDS} and last {"event": "ended", ...}
              with the fields of `hotline simulate call --json` and, if keep_heard, "heard".
              The caller hangs up when the connection that placed the call is closed.
  hang_up     optional: call. The caller hangs up.
  press_key   key; optional: call.
  fault       set, clear: lists of names.
  unplug      the fault "unplug" switched on; optional: for_s, after which it comes back by itself.
  replug      the fault "unplug" switched off: the links point to other ptys than before.
  sms         from, text; optional: order (list of parts from 1: those delivered, and when).
              Somebody texts the box; replies with the number of parts.
  list_sent   replies with "sent": what the box has texted, one entry for each PDU:
              {"number", "text", "report_wanted", "part": null or [reference, of, which]}.
  status      what the modem is doing.
"""
REQUEST_MOST = 32 * 1024 * 1024  # twenty-five minutes of sound
KEYS = set("0123456789*#ABCD")


class BadRequest(HotlineError):
    """The request makes no sense; the text says why."""


class SocketTaken(HotlineError):
    """Another software modem listens there, or the place cannot be used."""


class Connection:
    """One client; what it does not read waits in memory."""

    def __init__(self, modem: SoftModem, client: socket.socket) -> None:
        self._modem = modem
        self._client = client
        self._client.setblocking(False)
        self._in = bytearray()
        self._out = bytearray()
        self._calls: set[int] = set()
        self.is_open = True
        modem.loop.watch(client.fileno(), self._ready)

    def close(self) -> None:
        """Hang up this client's calls and forget it."""
        if not self.is_open:
            return
        self.is_open = False
        self._modem.loop.unwatch(self._client.fileno())
        self._client.close()
        for call in sorted(self._calls):
            self._modem.hang_up(call)

    def _ready(self, _mask: int) -> None:
        self._flush()
        if not self.is_open:
            return
        try:
            data = self._client.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._in += data
        if not data or len(self._in) > REQUEST_MOST:
            self.close()
            return
        if b"\n" not in data:
            return
        *lines, rest = bytes(self._in).split(b"\n")
        self._in = bytearray(rest)
        for line in lines:
            self._serve(line)

    def _serve(self, line: bytes) -> None:
        name: object = None
        try:
            request = _decode(line)
            name = request.get("do")
            self._answer({"reply": name, "ok": True, **self._do(request)})
        except HotlineError as error:
            self._answer({"reply": name, "ok": False, "error": str(error)})

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        modem = self._modem
        match request.get("do"):
            case "place_call":
                call = modem.place_call(_script(request), self._tell)
                self._calls.add(call)
                return {"call": call}
            case "hang_up":
                modem.hang_up(_call(request))
            case "press_key":
                modem.press_key(_key(request.get("key")), _call(request))
            case "fault":
                modem.change_faults(_names(request, "set"), _names(request, "clear"))
            case "unplug":
                self._unplug(request.get("for_s"))
            case "sms":
                return {"parts": modem.receive_sms(*_message(request))}
            case "list_sent":
                return {"sent": [asdict(message) for message in modem.subscription.sent]}
            case "replug":
                modem.change_faults([], ["unplug"])
            case "status":
                return modem.status()
            case other:
                raise BadRequest(f"unknown request {other!r}")
        return {"faults": modem.faults.names()}

    def _unplug(self, for_s: object) -> None:
        if for_s is None:
            self._modem.change_faults(["unplug"], [])
        elif isinstance(for_s, int | float):
            self._modem.unplug_for(for_s)
        else:
            raise BadRequest(f"{for_s!r} is no number of seconds")

    def _tell(self, event: dict[str, Any]) -> None:
        if event["event"] == "ended":
            self._calls.discard(event["call"])
        self._answer(event)

    def _answer(self, message: dict[str, Any]) -> None:
        if self.is_open:
            self._out += json.dumps(message, ensure_ascii=False).encode() + b"\n"
            self._flush()

    def _flush(self) -> None:
        try:
            while self._out:
                del self._out[: self._client.send(self._out)]
        except BlockingIOError:
            self._modem.loop.watch(self._client.fileno(), self._ready, write=True)
            return
        except OSError:
            self._modem.loop.call_after(0, self.close)  # not now: the modem may be telling it
            return
        self._modem.loop.watch(self._client.fileno(), self._ready)


class ControlSocket:
    """Listens at a path while the modem runs."""

    def __init__(self, modem: SoftModem, path: Path) -> None:
        """Raises SocketTaken."""
        self._modem = modem
        self._path = path
        self._connections: list[Connection] = []
        self._listener = _listen(path)
        self._inode = path.stat().st_ino
        modem.loop.watch(self._listener.fileno(), self._accept)

    def close(self) -> None:
        """Stop listening, close every connection, remove the socket."""
        self._modem.loop.unwatch(self._listener.fileno())
        self._listener.close()
        for connection in self._connections:
            connection.close()
        if self._path.exists() and self._path.stat().st_ino == self._inode:
            self._path.unlink()

    def _accept(self, _mask: int) -> None:
        client, _ = self._listener.accept()
        self._connections = [c for c in self._connections if c.is_open]
        self._connections.append(Connection(self._modem, client))


def _listen(path: Path) -> socket.socket:
    """A listening socket that appears at its path ready to be connected to."""
    if _answers(path):
        raise SocketTaken(f"a software modem already listens at {path}")
    if path.exists() and not path.is_socket():
        raise SocketTaken(f"{path} exists and is no socket: choose another place")
    fresh = path.with_name(f".{os.getpid()}")
    listener = socket.socket(socket.AF_UNIX)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        listener.bind(str(fresh))
        listener.listen()
        listener.setblocking(False)
        fresh.replace(path)
    except OSError as error:
        listener.close()
        raise SocketTaken(f"cannot listen at {path}: {error}") from error
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _decode(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as error:
        raise BadRequest(f"not a JSON line: {error}") from error
    if not isinstance(request, dict):
        raise BadRequest("not a JSON object")
    return request


def _script(request: dict[str, Any]) -> Script:
    try:
        return Script(
            number=" ".join(str(request["from"]).split()),
            withheld=bool(request.get("withheld")),
            forwarded=bool(request.get("forwarded")),
            voice=base64.b64decode(request.get("audio", ""), validate=True),
            speak_at_once=request.get("speak") == "at-once",
            speak_after_s=float(request.get("speak_after_s", SPEAK_AFTER_S)),
            keys=tuple(sorted((float(s), _key(key)) for s, key in request.get("keys", []))),
            hang_up_after_s=_seconds(request.get("hang_up_after_s", 1.0)),
            hang_up_in_greeting_s=_seconds(request.get("hang_up_in_greeting_s")),
            ring_s=float(request.get("ring_s", 60.0)),
            keep_heard=bool(request.get("keep_heard")),
        )
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadRequest(f"place_call: {error!r}") from error


def _message(request: dict[str, Any]) -> tuple[str, str, tuple[int, ...] | None]:
    number, text, order = request.get("from"), request.get("text"), request.get("order")
    if not isinstance(number, str) or not isinstance(text, str) or not number.strip():
        raise BadRequest("sms: from and text are wanted")
    if order is None:
        return number.strip(), text, None
    if not isinstance(order, list) or not all(isinstance(part, int) for part in order):
        raise BadRequest(f"sms: {order!r} is no list of parts")
    return number.strip(), text, tuple(order)


def _seconds(value: object) -> float | None:
    return None if value is None else float(str(value))


def _call(request: dict[str, Any]) -> int | None:
    call = request.get("call")
    if call is not None and not isinstance(call, int):
        raise BadRequest(f"{call!r} is not the number of a call")
    return call


def _key(key: object) -> str:
    if not isinstance(key, str) or key.upper() not in KEYS:
        raise BadRequest(f"no telephone has the key {key!r}")
    return key.upper()


def _names(request: dict[str, Any], which: str) -> list[str]:
    names = request.get(which, [])
    if not isinstance(names, list):
        raise BadRequest(f"{which} is not a list of names")
    return [str(name) for name in names]
