"""The supervisor with small programs: order, restart, giving up, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from config.broker import SOCKET_PATH_LIMIT, socket_path
from config.supervision import folder, options, ports
from config.supervision.children import Child, Program
from config.supervision.probes import has_appeared
from config.supervision.supervisor import StartFailed, Supervisor

FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1] + ".new", "w") as out:
    out.write(str(child.pid))
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


def program(name: str, code: str, folder: Path, *words: str, ready: str = "") -> Program:
    return Program(
        name,
        [sys.executable, "-c", code, *words],
        dict(os.environ),
        log=folder / f"{name}.log",
        grace=5.0,
        **({"ready": has_appeared(folder / ready)} if ready else {}),
    )


def gone(pid: int) -> bool:
    """True where the process ended; a zombie that nobody reaps has ended too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(true: object, limit: float = 20.0) -> bool:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_a_stage_waits_for_the_one_before(tmp_path: Path) -> None:
    slow = "import sys, time; time.sleep(0.3); open(sys.argv[1], 'w'); time.sleep(600)"
    after = (
        "import os, sys, time; os.mkdir(sys.argv[2]) if os.path.exists(sys.argv[1]) else 1; time.sleep(600)"
    )
    names = (str(tmp_path / "first-ready"), str(tmp_path / "came-after"))
    first = program("first", slow, tmp_path, *names, ready="first-ready")
    second = program("second", after, tmp_path, *names, ready="came-after")
    Supervisor([[first], [second]], lambda line: None).run(when_ready=lambda: None, until=lambda: True)
    assert (tmp_path / "came-after").is_dir()


def test_a_child_that_dies_while_starting_is_named_with_its_log(tmp_path: Path) -> None:
    dying = program("dying", "raise SystemExit(3)", tmp_path, ready="never")
    supervisor = Supervisor([[dying]], lambda line: None)
    with pytest.raises(StartFailed, match=r"dying ended with code 3, see .*dying\.log"):
        supervisor.run(when_ready=lambda: None)


def test_a_killed_child_starts_again_and_its_orphans_are_ended(tmp_path: Path) -> None:
    told: list[str] = []
    family = program("family", FAMILY, tmp_path, str(tmp_path / "pid"), ready="pid")
    supervisor = Supervisor([[family]], told.append)
    supervisor.start()
    watch = supervisor.watches[0]
    leader, orphan = watch.child.process.pid, int((tmp_path / "pid").read_text())
    os.kill(leader, signal.SIGKILL)
    assert eventually(
        lambda: supervisor.look() or (watch.child.running and watch.child.process.pid != leader)
    )
    assert eventually(lambda: gone(orphan))
    assert told[0].startswith("family ended with code -9; starts again in 0.5 s")
    supervisor.stop()
    assert gone(watch.child.process.pid)


def test_endless_failing_ends_the_supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.supervision.supervisor.FIRST_PAUSE", 0.001)
    monkeypatch.setattr("config.supervision.supervisor.LONGEST_PAUSE", 0.001)
    supervisor = Supervisor([[program("flapping", "pass", tmp_path)]], lambda line: None)
    with pytest.raises(StartFailed, match="flapping ended 9 times in a row"):
        supervisor.run(when_ready=lambda: None)


def test_a_signal_stops_every_child_of_a_child(tmp_path: Path) -> None:
    family = program("family", FAMILY, tmp_path, str(tmp_path / "pid"), ready="pid")
    supervisor = Supervisor([[family]], lambda line: None)
    supervisor.run(when_ready=lambda: os.kill(os.getpid(), signal.SIGTERM))
    assert gone(supervisor.watches[0].child.process.pid)
    assert eventually(lambda: gone(int((tmp_path / "pid").read_text())))


def test_a_large_log_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.supervision.children.LOG_LIMIT", 10)
    (tmp_path / "quiet.log").write_text("x" * 11)
    child = Child(program("quiet", "print('hello')", tmp_path))
    child.start()
    child.end()
    assert (tmp_path / "quiet.log.1").read_text() == "x" * 11
    assert (tmp_path / "quiet.log").read_text() == "hello\n"


def test_one_supervisor_for_each_data_folder(tmp_path: Path) -> None:
    with (
        folder.claim(tmp_path),
        pytest.raises(folder.FolderTaken, match=f"process {os.getpid()}"),
    ):
        folder.claim(tmp_path)
    folder.claim(tmp_path).close()


def test_a_network_folder_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("disk / ext4 rw 0 0\nserver:/x /srv/my\\040data nfs4 rw 0 0\n")
    folder.require_local(Path("/srv/other"), mounts)
    with pytest.raises(folder.FolderUnsafe, match="nfs4"):
        folder.require_local(Path("/srv/my data/gavel"), mounts)


def test_a_taken_port_is_refused_when_named_and_passed_over_otherwise() -> None:
    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert not ports.is_free(taken)
        with pytest.raises(ports.PortTaken, match=str(taken)):
            ports.choose(taken)
    assert ports.choose(None) >= options.DEFAULT_PORT


def test_the_socket_of_a_long_folder_is_short_and_its_own(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 120)
    assert socket_path(tmp_path / "var") == tmp_path / "var" / "valkey.sock"
    assert len(str(socket_path(deep))) <= SOCKET_PATH_LIMIT
    assert socket_path(deep) != socket_path(deep / "other")


@pytest.mark.parametrize("words", [["--json", "x"], ["--port", "0"], ["--port", "x"], ["--nonsense"]])
def test_a_command_line_that_makes_no_sense_ends_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        options.parse(words)
    assert end.value.code == 2


def test_two_threads_do_not_disturb_the_signals(tmp_path: Path) -> None:
    """After a run the handlers of before are back."""
    before = signal.getsignal(signal.SIGTERM)
    assert threading.current_thread() is threading.main_thread()
    Supervisor([], lambda line: None).run(when_ready=lambda: None, until=lambda: True)
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_quickstart_makes_its_keys_also_beside_a_database_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GAVEL_SECRET_KEY", "GAVEL_PERMIT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere/gavel")
    monkeypatch.setenv("GAVEL_VAR", str(tmp_path / "var"))
    options.prepare([])
    assert sorted(file.name for file in (tmp_path / "var").iterdir()) == ["permit_keys.json", "secret_key"]
