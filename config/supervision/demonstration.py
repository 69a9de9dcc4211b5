"""The demo data of a first start: loaded beside the running system, so that a newcomer sees it come in."""

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from config.orphans import end_with_parent
from config.supervision.programs import python


class DemoSession:
    """`manage.py demo` as a process of its own; its jobs are done by the workers of the running system."""

    def __init__(self, var: Path, data: Path | None) -> None:
        self.log = var / "logs" / "demo.log"
        self.words = ["--data", str(data.resolve())] if data else []
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self, say: Callable[[str], None]) -> None:
        """Start it; what it says goes to a log file."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                python("manage.py", "demo", *self.words),
                stdout=out,
                stderr=subprocess.STDOUT,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )
        say(f"the demo data is being taken through the loop; its tables come in {self.log}")

    def end(self) -> None:
        """Stop it where it still runs; the next `manage.py demo` goes on where it stopped."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
