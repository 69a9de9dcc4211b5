"""One question about backbones to a process of its own: `python -m modeling.training.desk`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from modeling.supervision.child import KEPT, PROJECT


class Desk:
    """A running desk. `network` lets it fetch a hub id; without it the libraries know of no network."""

    def __init__(self, question: dict[str, Any], *, label: str, memory: int, network: bool) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gavel-desk-"))
        kept = KEPT | ({"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "HF_ENDPOINT"} if network else set())
        environment = {name: value for name, value in os.environ.items() if name in kept}
        environment |= {"TMPDIR": str(self._folder), "POLARS_MAX_THREADS": "2"}
        environment |= {} if network else {"HF_HUB_OFFLINE": "1"}
        with (self._folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "modeling.training.desk", str(memory), label],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=subprocess.DEVNULL,
                cwd=PROJECT,
                env=environment,
                start_new_session=True,
            )
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(json.dumps(question).encode())
                self.process.stdin.close()

    def wait(self, seconds: float) -> int | None:
        """The exit status, or None when it still works after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def last(self) -> dict[str, Any]:
        """The newest whole line it wrote; empty before the first."""
        lines = (self._folder / "said").read_bytes().split(b"\n")[:-1]
        try:
            found = json.loads(lines[-1]) if lines else {}
        except ValueError:
            found = {}
        return found if isinstance(found, dict) else {}

    def close(self) -> None:
        """End it and all it started; remove what it left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
