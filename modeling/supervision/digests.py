"""`python -m modeling.supervision.digests PATH`: prints the digest of stored data, "" where there is none.

A process of its own, so that the supervising worker keeps its heartbeat while many bytes are hashed and never
loads the data libraries.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
StillHashing = subprocess.TimeoutExpired


def start(path: Path) -> subprocess.Popen[str]:
    """Begin to hash; the digest is the child's only line on standard output."""
    return subprocess.Popen(
        [sys.executable, "-m", "modeling.supervision.digests", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=PROJECT,
        text=True,
    )


def main(path: Path) -> str:
    """The digest of standard-rules §9 over what lies at `path` now."""
    from governance.validation.digests import path_digest  # brings polars
    from governance.validation.errors import EngineError

    try:
        return path_digest(path)
    except (EngineError, OSError):
        return ""


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1])))
