"""A whole running Gavel for tests: `manage.py quickstart` on a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READY = re.compile(r"ready: (http://\S+?)/")
START_LIMIT = 180.0
OURS = (
    "DJANGO_SETTINGS_MODULE",
    "GAVEL_VAR",
    "GAVEL_SECRET_KEY",
    "GAVEL_PERMIT_KEYS",
    "DATABASE_URL",
    "REDIS_URL",
)


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of a newcomer: nothing of the test run's own settings."""
    return {name: value for name, value in os.environ.items() if name not in OURS} | more


class System:
    """Started in `data`; `url` is set once it said that it is ready."""

    def __init__(self, data: Path, *words: str) -> None:
        self.data = data
        self.words = words
        self.output = data.parent / f"{data.name}.out"
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until ready; raises AssertionError with what it said."""
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "quickstart", *self.words],
                cwd=ROOT,
                env={**clean_environment(), "GAVEL_VAR": str(self.data)},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + START_LIMIT
        while not (match := READY.search(self.said())):
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, self.said()
            time.sleep(0.1)
        self.url = match[1]

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def processes(self) -> dict[int, str]:
        """Process id -> command line of everything that runs on this data folder, without the supervisor."""
        mark = f"GAVEL_VAR={self.data}".encode()
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            pid = int(folder.name)
            if self.process is not None and pid == self.process.pid:
                continue
            try:
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                ours = mark in (folder / "environ").read_bytes().split(b"\0")
                if ours or str(self.data) in words:  # the broker overwrites its environment
                    found[pid] = words
            except OSError:
                continue
        return {pid: words for pid, words in found.items() if words}


def eventually(true: object, limit: float = 60.0) -> bool:
    """Ask again until true; False after `limit` seconds."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def manage(data: Path, *words: str, text: str = "") -> str:
    """A management command on the installation of the test; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=clean_environment(GAVEL_VAR=str(data)),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
