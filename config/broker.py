"""Where the embedded message broker listens: one unix socket per data folder."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

SOCKET_PATH_LIMIT: Final = 100  # the kernel takes 107 bytes; longer paths fail only when connecting


def socket_path(var: Path) -> Path:
    """`var/valkey.sock`; where that is too long for a socket, a name in a private folder derived from it."""
    near = var / "valkey.sock"
    if len(os.fsencode(near)) <= SOCKET_PATH_LIMIT:
        return near
    mark = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"gavel-{os.getuid()}-{mark}" / "valkey.sock"


def embedded_url(var: Path) -> str:
    """The broker URL for Celery (kombu) of the embedded broker."""
    return f"redis+socket://{socket_path(var)}"
