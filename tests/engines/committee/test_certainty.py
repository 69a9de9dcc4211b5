"""Certainty by counting equals the definition: every combination of what the silent slots may do (§7)."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from committee.engine.certainty import is_certain
from committee.engine.tallying import follow
from tests.engines.committee import cases
from tests.engines.committee.naive import NaiveTally


def both(case: cases.Case) -> tuple[bool, bool]:
    """Whether the result is certain: by counting, by trying. Nothing may have closed early."""
    naive = NaiveTally(case)
    assert naive.state == "open"
    return is_certain(follow(case)[0].count()), naive.certain(naive.position())


def position(seed: int) -> cases.Case:
    """A random case in the middle of the vote; nothing closes early, so that every position can be met."""
    rng = Random(seed)
    majority = cases.random_majority(rng) if rng.random() < 0.5 else cases.CHARTER["majority"]
    case = cases.make_case(rng, acts=False, early_close="never", deadline_days=200, majority=majority)
    case["now"] = case["events"][-1]["at"]
    return case


@cases.examples(400)
@given(st.integers(0, 2**40))
def test_counting_equals_trying_every_combination(seed: int) -> None:
    case = position(seed)
    assume(follow(case)[0].state == "open")
    by_counting, by_trying = both(case)
    assert by_counting == by_trying


@cases.examples(80)
@given(st.integers(0, 2**40))
def test_running_sums_equal_a_fresh_count(seed: int) -> None:
    course, _ = follow(cases.make_case(Random(seed)))
    running = course.count()
    course._forget()
    fresh = course.count()
    names = ("choices", "of_team", "quorum_have", "free", "bound", "ballots")
    assert [getattr(running, name) for name in names] == [getattr(fresh, name) for name in names]
    for name in ("cast", "present", "approving"):
        assert +getattr(running, name) == +getattr(fresh, name)
    for name in ("in_office", "slots", "recused", "seats", "quorum_needed", "impossible", "chair"):
        assert getattr(running.roster, name) == getattr(fresh.roster, name)
    assert list(running.roster.presiding) == list(fresh.roster.presiding)


ALTERNATE = {"member": "a1", "team": "team-asking"}


@pytest.mark.parametrize(
    ("cap", "alternate", "choices", "certain"),
    [
        # The cap lets the alternate's approval make the tie, which the deputy, who approved, then decides.
        (1, ALTERNATE, {2: "approve", 3: "reject", 4: "reject", 5: "abstain"}, False),
        # Without alternate the chair must vote to make the tie, so presides over it, and may not decide it.
        (1, None, {2: "approve", 3: "reject", 4: "reject", 5: "abstain"}, True),
        # The tie stands already and the chair's approval would not count: the chair may step out.
        (0, None, {2: "approve", 3: "reject", 4: "approve", 5: "reject"}, False),
        (0, None, {2: "reject", 3: "reject", 4: "approve", 5: "approve"}, True),
    ],
)
def test_a_silent_chair_of_the_asking_team(
    cap: int, alternate: cases.Case | None, choices: dict[int, str], certain: bool
) -> None:
    ballots = [cases.ballot(1, number, choice) for number, choice in choices.items()]
    charter = {"composition": [{"kind": "team_cap", "max": cap}], "early_close": "never"}
    case = cases.case([cases.opening(), *ballots], charter=charter)
    case["seats"][0] |= {"team": "team-asking", "alternate": alternate}
    assert follow(case)[0].count().verdict() == "rejected"
    assert both(case) == (certain, certain)
