"""Questions that tell whether a child is ready to work."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

Probe: TypeAlias = Callable[[], bool]
TIMEOUT: Final = 1.0


def answers_http(url: str) -> Probe:
    """True once a GET of `url` is answered with 200."""

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:  # noqa: S310 - our own http address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return ask


def answers_ping(unix_socket: Path) -> Probe:
    """True once the broker at the socket answers PING."""

    def ask() -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(TIMEOUT)
                line.connect(str(unix_socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    return ask


def has_appeared(file: Path) -> Probe:
    """True once the child has written its ready file (config/celery.py does, see GAVEL_READY_FILE)."""
    return file.exists
