"""Every golden case of the specification, field by field, and its report against the schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from governance.validation.engine import validate
from governance.validation.errors import EngineError
from tests.engines.validation.cases import REPO, golden_folder, golden_request

CASES = sorted(path for path in golden_folder().iterdir() if (path / "expected.json").exists())
SCHEMA = Draft202012Validator(
    json.loads((REPO / "governance/validation/schemas/validation-report.schema.json").read_text())
)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_golden_case_comes_out_as_written(case: Path) -> None:
    check_case(case)


def check_case(case: Path, engine: str = "polars", refused: frozenset[str] = frozenset()) -> None:
    """Field by field. The rules `refused` are errored `engine_unsupported` instead, as §7.3 allows."""
    expected = json.loads((case / "expected.json").read_text())
    if expected["exit"] == 2:
        with pytest.raises(EngineError) as refusal:
            validate(replace(golden_request(case), engine=engine))
        assert refusal.value.code == expected["error"]
        SCHEMA.validate(refusal.value.as_dict())
        return
    report = validate(replace(golden_request(case), engine=engine))
    shown = json.loads(report.to_text())
    SCHEMA.validate(shown)
    rules = {rule["id"]: rule for rule in shown["rules"]}
    assert list(rules) == list(expected["rules"])
    for rule_id, wanted in expected["rules"].items():
        if rule_id in refused:
            wanted = {"verdict": "errored", "reason": "engine_unsupported"}
        check_rule(rules[rule_id], wanted)
    assert [entry["id"] for entry in shown["not_executed"]] == expected["not_executed"]
    assert shown["rows"] == expected["rows"]
    if refused:
        return
    assert report.exit_code == expected["exit"]
    assert {key: shown[key] for key in ("verdict", "gate")} == {
        key: expected[key] for key in ("verdict", "gate")
    }
    score = {"total": shown["score"]["total"], **shown["score"]["dimensions"]}
    assert {key: score[key] for key in expected.get("score", {})} == expected.get("score", {})


def check_rule(rule: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field, value in wanted.items():
        if field == "observed":
            assert rule[field] == pytest.approx(value, rel=1e-6)
        else:
            assert rule[field] == value, (rule["id"], field)
