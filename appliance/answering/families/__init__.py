"""One file per modem family, overriding only what differs."""
