"""The engine and the naive tally, written from the text alone, print the same of every case."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from committee.engine import tally
from tests.engines.committee import cases
from tests.engines.committee.naive import NaiveTally
from tests.engines.committee.test_golden import GOLDEN

MEANT = [path for path in GOLDEN if not path.name.startswith(("22-", "30-"))]  # a viewer, bad input


def agree(case: cases.Case) -> None:
    naive, result = NaiveTally(case), tally(case)
    assert result.output == naive.output()
    names = ("at", "type", "accepted", "code", "state", "outcome")
    assert [tuple(entry[name] for name in names) for entry in result.ledger] == naive.entries


@pytest.mark.parametrize("path", MEANT, ids=lambda path: path.stem)
def test_the_naive_tally_prints_the_golden_cases(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    assert NaiveTally(golden["input"]).output() == golden["expected"]


@cases.examples(400)
@given(cases.valid_cases())
def test_both_print_the_same(case: cases.Case) -> None:
    agree(case)


@cases.examples(150)
@given(st.integers(0, 2**40), st.sampled_from(cases.PLACES))
def test_both_print_the_same_over_long_and_short_days(seed: int, place: Any) -> None:
    zone, days = place
    rng = Random(seed)
    case = cases.moved(cases.make_case(rng), days)
    case["calendar"] |= {"timezone": zone, **_odd_days(rng, days)}
    agree(case)


def _odd_days(rng: Random, days: int) -> cases.Case:
    """Holidays and make-up days of the weeks in which the case runs; none is both."""
    odd = rng.sample([f"2026-03-{day:02}" for day in range(1, 16)], 6)
    return cases.moved({"holidays": odd[:3], "workdays": odd[3:]}, days)
