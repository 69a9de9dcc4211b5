"""Which port the web process takes."""

import socket
from typing import Final

from config.supervision.options import DEFAULT_PORT

HOST: Final = "127.0.0.1"
TRIES: Final = 50


class PortTaken(Exception):
    """The wanted port, or every port tried, belongs to another program."""


def is_free(port: int) -> bool:
    """True where a server may bind the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def choose(wanted: int | None) -> int:
    """The wanted port, or the first free one from 8000 on. Raises `PortTaken`."""
    if wanted is not None:
        if not is_free(wanted):
            raise PortTaken(f"port {wanted} is taken by another program")
        return wanted
    for port in range(DEFAULT_PORT, DEFAULT_PORT + TRIES):
        if is_free(port):
            return port
    raise PortTaken(f"no free port from {DEFAULT_PORT} to {DEFAULT_PORT + TRIES - 1}")
