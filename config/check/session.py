"""The check as the supervisor sees it: a process it starts when all is ready and waits for."""

import json
import signal
import subprocess
from pathlib import Path

from config.orphans import end_with_parent
from config.supervision.programs import python


class CheckSession:
    """Begun once, when the system is ready; ended when the process has."""

    def __init__(self, base: str, tokens: dict[str, str], report: Path | None, data: Path | None) -> None:
        self.order = {
            "base": base,
            "tokens": tokens,
            "json": str(report.resolve()) if report else "",
            "data": str(data.resolve()) if data else "",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it; the order goes through stdin, since a command line is readable by others."""
        self.process = subprocess.Popen(
            python("-m", "config.check"),
            stdin=subprocess.PIPE,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
        if self.process.stdin is not None:
            with self.process.stdin as line:
                line.write(json.dumps(self.order).encode())

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def verdict(self) -> int:
        """0 where all steps passed; 1 also where the system was stopped before the check ended."""
        if self.process is None:
            return 1
        if not self.ended():
            self.process.terminate()
            self.process.wait()
            return 1
        return 0 if self.process.returncode == 0 else 1
