from collections.abc import Callable

from .serial_comms import SerialComms

class GsmModem(SerialComms):
    def __init__(
        self,
        port: str,
        baudrate: int = ...,
        incomingCallCallbackFunc: Callable[..., None] | None = ...,
        smsReceivedCallbackFunc: Callable[..., None] | None = ...,
        smsStatusReportCallback: Callable[..., None] | None = ...,
        requestDelivery: bool = ...,
        AT_CNMI: str = ...,
    ) -> None: ...
    def connect(self, *args: object, **kwargs: object) -> None: ...
    def write(
        self,
        data: str,
        waitForResponse: bool = ...,
        timeout: float = ...,
        parseError: bool = ...,
        writeTerm: str = ...,
        expectedResponseTermSeq: str | None = ...,
    ) -> list[str] | None: ...
