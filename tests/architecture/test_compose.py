"""The compose file is valid, and runs the same programs on the same queues as the quickstart."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from config.supervision.programs import QUEUES
from tests.architecture.source import ROOT

ANSWERS = {"POSTGRES_PASSWORD": "x", "GAVEL_SECRET_KEY": "y", "GAVEL_PERMIT_KEYS": '{"k1": "00"}'}


@pytest.fixture(scope="module")
def services() -> dict:
    return YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())["services"]


def _docker_has_compose() -> bool:
    """A docker without the compose plugin answers with another exit code."""
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0


def test_docker_compose_accepts_the_file() -> None:
    program = shutil.which("docker-compose")
    words = [program] if program else ["docker", "compose"]
    if not program and not _docker_has_compose():
        pytest.skip("docker-compose is not installed")
    path = {"PATH": f"{Path(words[0]).parent}:/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(
        [*words, "config", "-q"], cwd=ROOT, env=ANSWERS | path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_queue_has_a_worker_of_its_own(services: dict) -> None:
    served = [
        words[words.index("-Q") + 1] for one in services.values() if "-Q" in (words := one.get("command", []))
    ]
    assert sorted(served) == sorted(QUEUES)


def test_no_service_of_ours_may_gain_rights(services: dict) -> None:
    ours = [one for one in services.values() if one["image"] == "gavel:local"]
    assert len(ours) == 6
    assert all(one["cap_drop"] == ["ALL"] and one["read_only"] for one in ours)


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER gavel" in lines
    assert lines.index("USER gavel") < next(i for i, line in enumerate(lines) if line.startswith("CMD"))


def test_no_secret_has_a_default(services: dict) -> None:
    for one in services.values():
        for name, value in (one.get("environment") or {}).items():
            if name in ANSWERS:
                assert ":?" in value
