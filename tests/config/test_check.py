"""The check's own parts: it stops at the first failure, says what was not run, and writes every figure."""

from __future__ import annotations

import json

from config.check.http import Api, CheckFailed
from config.check.steps import World, run
from config.check.table import as_json, as_text, verdict


def good(world: World) -> str:
    """First thing."""
    world.figures["rows"] = 3
    return "三行"


def bad(world: World) -> str:
    """Second thing"""
    raise CheckFailed("expected 200, got 500")


def odd(world: World) -> str:
    """Odd thing"""
    return world.made["missing"]


def test_steps_after_a_failure_are_listed_as_not_run() -> None:
    told = []
    outcomes = run([good, bad, good], World({"admin": Api("http://nowhere")}), told.append)
    assert [outcome.result for outcome in outcomes] == ["passed", "failed", "not run"]
    assert told == outcomes
    assert not verdict(outcomes)


def test_an_answer_of_another_shape_is_a_failure_not_a_crash() -> None:
    outcomes = run([odd], World({"admin": Api("http://nowhere")}), lambda outcome: None)
    assert outcomes[0].result == "failed"
    assert "KeyError" in outcomes[0].detail


def test_no_steps_are_no_success() -> None:
    assert not verdict([])


def test_the_table_is_aligned_and_the_json_complete() -> None:
    outcomes = run([good], World({"admin": Api("http://nowhere")}), lambda outcome: None)
    heading, line = as_text(outcomes).splitlines()
    assert heading.index("result") == line.index("ok")
    document = json.loads(as_json(outcomes))
    assert document["passed"] is True
    assert document["steps"][0] == {
        "step": "First thing",
        "result": "passed",
        "seconds": outcomes[0].seconds,
        "detail": "三行",
        "figures": {"rows": 3},
    }
