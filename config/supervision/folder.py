"""The data folder: one supervisor at a time, and no file system on which SQLite would lose writes."""

import fcntl
import os
from pathlib import Path
from typing import IO, Final

NETWORK_SYSTEMS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"}
)


class FolderTaken(Exception):
    """Another supervisor runs on this data folder."""


class FolderUnsafe(Exception):
    """The data folder is on a network file system, where SQLite's write-ahead log does not work."""


def claim(var: Path) -> IO[str]:
    """Lock the folder for this process. Keep the returned file open; the lock goes with the process."""
    var.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (var / "supervisor.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise FolderTaken(f"Gavel already runs on {var} (process {holder})") from None
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def require_local(var: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Raises `FolderUnsafe` where the kernel lists the folder's file system as a network one."""
    try:
        lines = mounts.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    best, kind = "", ""
    for line in lines:
        _, point, system, *_ = line.split()
        point = point.encode().decode("unicode_escape")
        if len(point) >= len(best) and var.is_relative_to(point):
            best, kind = point, system
    if kind in NETWORK_SYSTEMS:
        raise FolderUnsafe(
            f"{var} is on a network file system ({kind}), where SQLite loses writes: "
            "choose a local folder with --data, or set DATABASE_URL to a PostgreSQL server"
        )
