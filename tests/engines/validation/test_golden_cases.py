"""Every golden case of the specification, field by field, and its report against the schema."""

from __future__ import annotations

import json
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
    expected = json.loads((case / "expected.json").read_text())
    if expected["exit"] == 2:
        with pytest.raises(EngineError) as refusal:
            validate(golden_request(case))
        assert refusal.value.code == expected["error"]
        SCHEMA.validate(refusal.value.as_dict())
        return
    report = validate(golden_request(case))
    shown = json.loads(report.to_text())
    SCHEMA.validate(shown)
    assert report.exit_code == expected["exit"]
    assert {key: shown[key] for key in ("verdict", "gate", "rows")} == {
        key: expected[key] for key in ("verdict", "gate", "rows")
    }
    rules = {rule["id"]: rule for rule in shown["rules"]}
    assert list(rules) == list(expected["rules"])
    for rule_id, wanted in expected["rules"].items():
        check_rule(rules[rule_id], wanted)
    assert [entry["id"] for entry in shown["not_executed"]] == expected["not_executed"]
    score = {"total": shown["score"]["total"], **shown["score"]["dimensions"]}
    assert {key: score[key] for key in expected.get("score", {})} == expected.get("score", {})


def check_rule(rule: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field, value in wanted.items():
        if field == "observed":
            assert rule[field] == pytest.approx(value, rel=1e-6)
        else:
            assert rule[field] == value, (rule["id"], field)
