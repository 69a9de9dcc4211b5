"""Every golden case of the specification on Spark (standard-rules §7.1, §10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engines.validation.test_golden_cases import CASES, check_case

pytestmark = pytest.mark.spark

REFUSED = {"duplicate_text": frozenset({"q.near"})}
"""What Spark may leave unjudged (§7.3), here by case."""


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_golden_case_comes_out_as_written_on_spark(spark: Any, case: Path) -> None:
    check_case(case, "spark", REFUSED.get(case.name, frozenset()))
