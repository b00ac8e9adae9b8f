from .modem import GsmModem as GsmModem
