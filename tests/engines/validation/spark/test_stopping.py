"""Progress, stop, the limit of a query, what is shipped, and what is said where Spark cannot run."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.engine import Stopped, ValidationRequest, validate
from governance.validation.errors import EngineError
from governance.validation.spark import session
from tests.engines.validation.cases import NOW, counts, document, reason

STANDARD = document([{"name": "a", "logicalType": "integer", "unique": True}])
SLOW = "SELECT COUNT(*) FROM data AS x CROSS JOIN data AS y CROSS JOIN data AS z"


def numbers(folder: Path, rows: int) -> Path:
    path = folder / "data.parquet"
    pl.DataFrame({"a": range(rows)}).write_parquet(path, row_group_size=1000)
    return path


@pytest.mark.spark
def test_delta_is_read_at_its_version_and_progress_is_told(spark: Any, tmp_path: Path) -> None:
    path = tmp_path / "data"
    pl.DataFrame({"a": [1, 2]}).write_delta(path)
    pl.DataFrame({"a": [2, None]}).write_delta(path, mode="append")
    heard: list[float] = []
    asked = ValidationRequest(data=path, standard=STANDARD, now=NOW, engine="spark")
    report = validate(asked, progress=lambda share, what: heard.append(share))
    assert counts(report, "a.unique") == ("failed", 2, 3)
    assert report.to_json()["engine"]["name"] == "spark"
    assert heard == sorted(heard)
    assert heard[-1] >= 0.8


@pytest.mark.spark
def test_a_stop_is_heard_while_a_query_runs(spark: Any, tmp_path: Path) -> None:
    standard = document(
        [{"name": "a", "logicalType": "integer"}], [{"type": "sql", "query": SLOW, "mustBeGreaterThan": 0}]
    )
    asked = ValidationRequest(data=numbers(tmp_path, 2500), standard=standard, now=NOW, engine="spark")
    fused = time.monotonic() + 3600

    def told(share: float, what: str) -> None:
        nonlocal fused
        if what == "keys":
            fused = time.monotonic()

    with pytest.raises(Stopped):
        validate(asked, told, lambda: time.monotonic() > fused + 1)
    assert not spark.sparkContext.statusTracker().getActiveJobsIds()


@pytest.mark.spark
def test_a_query_that_takes_too_long_is_an_error_of_the_rule(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from governance.validation.spark import tables  # needs the extra

    monkeypatch.setattr(tables, "SQL_SECONDS", 2.0)
    standard = document(
        [{"name": "a", "logicalType": "integer", "unique": True}],
        [{"type": "sql", "query": SLOW, "mustBeGreaterThan": 0}],
    )
    asked = ValidationRequest(data=numbers(tmp_path, 2500), standard=standard, now=NOW, engine="spark")
    report = validate(asked)
    assert reason(report, "table.sql") == "sql_error"
    assert counts(report, "a.unique")[0] == "passed"


@pytest.mark.spark
def test_what_is_shipped_to_the_executors_suffices(tmp_path: Path) -> None:
    """A worker of a cluster has the packages, but nothing of this project."""
    archive = session.archive(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(archive)!r});"
        "from governance.validation.spark import executing;"
        "from governance.validation.kinds import registry;"
        "from governance.validation.kinds.ibis_base import ibis_body;"
        "[ibis_body(name) for name in registry()];"
        "assert 'zip' in executing.__file__;"
        "assert not {'pyspark', 'ibis', 'pandera'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, env={"PATH": "/usr/bin:/bin"})


def test_without_java_or_packages_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ValidationRequest(data=tmp_path, standard=STANDARD, now=NOW, engine="spark")
    monkeypatch.setattr(session, "find_spec", lambda name: None)
    with pytest.raises(EngineError) as refusal:
        validate(asked)
    assert refusal.value.code == "usage"
    assert "requirements-spark.txt" in refusal.value.message_en
    assert "requirements-spark.txt" in refusal.value.message_zh
    monkeypatch.setattr(session, "find_spec", lambda name: name)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineError, match="openjdk-17-jre-headless"):
        validate(asked)


def test_an_unknown_engine_is_refused(tmp_path: Path) -> None:
    asked = ValidationRequest(data=tmp_path, standard=STANDARD, now=NOW, engine="pandas")
    with pytest.raises(EngineError) as refusal:
        validate(asked)
    assert refusal.value.code == "usage"


def test_slices_cover_every_row_once() -> None:
    from governance.validation.spark.executing import slices_of

    for rows in (0, 1, 19_999, 20_001, 1_000_003):
        found = slices_of(rows, 8)
        assert sum(count for _, count in found) == rows
        assert [offset for offset, _ in found] == [sum(c for _, c in found[:n]) for n in range(len(found))]
