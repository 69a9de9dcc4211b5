"""The rows a rule fails can be had outside a report, by the same rule code."""

from __future__ import annotations

from pathlib import Path

import pytest

from governance.validation.engine import Stopped, ValidationRequest, failing_frame, validate
from governance.validation.errors import EngineError
from governance.validation.kinds.base import Resources
from governance.validation.reading import open_table
from governance.validation.standard import compile_standard
from tests.engines.validation.cases import NOW, document, gavel

STANDARD = document(
    [
        {"name": "a", "logicalType": "integer", "unique": True, "logicalTypeOptions": {"minimum": 2}},
        {"name": "s", "logicalType": "string", "quality": [gavel("ordered", "order")]},
    ]
)


@pytest.mark.parametrize(
    ("rule", "rows"), [("a.range", [1, 3]), ("a.unique", [1, 3]), ("s.order", [3]), ("a.dtype", [4])]
)
def test_the_failing_rows_of_a_rule(tmp_path: Path, rule: str, rows: list[int]) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,s\n1,b\n2,c\n1,a\nx,d\n", encoding="utf-8")
    with open_table(path) as table:
        found = failing_frame(compile_standard(STANDARD), table, rule, Resources(now=NOW)).collect()
    assert found.to_series().to_list() == rows


@pytest.mark.parametrize("rule", ["table.columns", "a.nothing"])
def test_a_rule_without_rows_is_refused(tmp_path: Path, rule: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,s\n1,b\n", encoding="utf-8")
    with open_table(path) as table, pytest.raises(EngineError) as refusal:
        failing_frame(compile_standard(STANDARD), table, rule, Resources(now=NOW))
    assert refusal.value.code == "parameter_invalid"


def test_a_cancelled_validation_stops(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a,s\n1,b\n", encoding="utf-8")
    with pytest.raises(Stopped):
        validate(ValidationRequest(data=path, standard=STANDARD, now=NOW), cancelled=lambda: True)
