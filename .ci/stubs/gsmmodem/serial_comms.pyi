from threading import Thread
from typing import Any

class SerialComms:
    port: str
    baudrate: int
    timeout: float
    alive: bool
    serial: Any
    rxThread: Thread
    def close(self) -> None: ...
    def _readLoop(self) -> None: ...
