"""Cases worked by hand, beside the golden ones: `how` says how what is expected was computed."""

import json
from pathlib import Path

import pytest

from committee.engine import tally
from tests.engines.committee.naive import NaiveTally

WORKED = sorted(Path(__file__).with_name("worked").glob("*.json"))


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_worked_case(path: Path) -> None:
    worked = json.loads(path.read_text(encoding="utf-8"))
    output = tally(worked["input"]).output
    assert {name: output[name] for name in worked["expected"]} == worked["expected"]
    if "viewer" not in worked["input"]:
        assert NaiveTally(worked["input"]).output() == output
