"""Generated standards on generated tables: fused Polars = stock Pandera = Spark (standard-rules §7.1)."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from governance.validation.engine import Report, validate
from governance.validation.spark import session
from tests.engines.validation.generated import Problem, problems
from tests.engines.validation.stock import assert_stock_agrees

pytestmark = pytest.mark.spark


FEW = settings(
    max_examples=2,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # a failing example is large as it is; to make it smaller costs minutes
    suppress_health_check=list(HealthCheck),
)


@FEW
@given(problems(rules=30))
def test_polars_stock_pandera_and_spark_agree(spark: Any, tmp_path: Path, problem: Problem) -> None:
    request = problem.request(tmp_path)
    by_polars = validate(request)
    assert_stock_agrees(request, by_polars)
    assert_equal(by_polars, validate(replace(request, engine="spark")))


@settings(FEW, max_examples=1)
@given(problems(rules=30, rows=40))
def test_compiled_queries_agree_too(spark: Any, tmp_path: Path, problem: Problem) -> None:
    """Many rows run as compiled and replanned queries, few as interpreted ones."""
    request = problem.request(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "FEW_ROWS", -1)
        assert_equal(validate(request), validate(replace(request, engine="spark")))


def assert_equal(left: Report, right: Report) -> None:
    """Verdicts, counts, samples, masking and score; observed doubles to 1e-9."""
    for mine, other in zip(left.outcomes, right.outcomes, strict=True):
        told = [(item.verdict, item.reason, item.failing_rows, item.checked_rows) for item in (mine, other)]
        assert told[0] == told[1], (mine.rule.id, mine.rule.kind, dict(mine.rule.written))
        assert mine.samples == other.samples, (mine.rule.id, mine.rule.kind)
        assert same(mine.observed, other.observed), (mine.rule.id, mine.observed, other.observed)
        assert same_details(dict(mine.details), dict(other.details)), (mine.rule.id, mine.details)
    for name in ("verdict", "gate", "rows", "score", "levels", "not_executed"):
        assert getattr(left, name) == getattr(right, name), name
    assert [item.as_dict() for item in left.warnings] == [item.as_dict() for item in right.warnings]


def same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-9)
    return bool(left == right)


def same_details(left: dict[str, Any], right: dict[str, Any]) -> bool:
    return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
