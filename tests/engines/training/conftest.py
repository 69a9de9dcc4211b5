from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from modeling.training.grant import open_parts
from modeling.training.job import parse_job
from modeling.training.spool import Spool
from modeling.training.stored import stored_digest
from tests.engines.training import tiny


@pytest.fixture(scope="session")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.make_backbone(tmp_path_factory.mktemp("backbone") / "tiny")


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    tiny.make_pairs(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    tiny.make_messages(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def carry_out() -> Callable[..., dict[str, Any]]:
    """Run a job in this process: the same gate and the same engine, without the child around them."""

    def carry_out(job: dict[str, Any], stop: Callable[[int], Any] = lambda step: None) -> dict[str, Any]:
        from modeling.training.run import run  # torch

        parsed = parse_job(json.dumps(job))
        now = lambda: datetime.now(UTC)  # noqa: E731
        opened = open_parts(parsed, now(), stored_digest)
        return run(parsed, opened, Spool(parsed.spool, parsed.output / "log.jsonl", now), stop, stored_digest)

    return carry_out
