"""Certainty by counting equals the definition: every combination of what the silent slots may do (§7)."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from committee.engine.ballots import Ballot
from committee.engine.certainty import is_certain
from committee.engine.counting import Count
from committee.engine.facts import Choice, Person, Via
from committee.engine.roster import Roster, Slot
from committee.engine.tallying import follow
from tests.engines.committee import cases

LEAVE = "leave"


def acts(slot: Slot) -> Iterator[tuple[Person, str | None]]:
    """What a silent slot may do: somebody's choice, no ballot (None), or leave the denominator."""
    for choice in ("approve", "reject", "abstain", None, LEAVE):
        yield slot.sitter, choice
    if slot.reserve is not None:
        for choice in ("approve", "reject", "abstain", None):
            yield slot.reserve, choice


def recount(count: Count, done: dict[str, tuple[Person, str | None]]) -> str:
    """The verdict after these acts of the silent slots, counted anew."""
    slots, gone = {}, set()
    for seat, slot in count.roster.slots.items():
        person, choice = done.get(seat, (slot.sitter, None))
        if choice == LEAVE or person is not slot.sitter:
            gone.add(slot.seat.holder.id)
        if choice != LEAVE:
            slots[seat] = replace(slot, sitter=person)
    roster = Roster(
        in_office=count.roster.in_office,
        slots=slots,
        presiding=tuple(s for s in count.roster.presiding if s.holder.id not in gone),
        recused=0,
        quorum_needed=count.rules.quorum_needed(len(slots)),
        impossible=tuple(
            r.function
            for r in count.rules.requirements
            if sum(r.function in slot.seat.functions for slot in slots.values()) < r.min
        ),
    )
    fresh = Count(roster, count.rules, count.team)
    for ballot in count.ballots.values():
        fresh.put(ballot)
    for seat, (person, choice) in done.items():
        if choice in ("approve", "reject", "abstain"):
            via: Via = "own" if person is slots[seat].seat.holder else "alternate"
            chosen: Choice = choice  # type: ignore[assignment]
            fresh.put(Ballot(seat, person, chosen, via))
    return fresh.verdict()


def certain_by_trying(count: Count) -> bool:
    verdict = count.verdict()
    if verdict not in ("approved", "rejected"):
        return False
    silent = [slot for seat, slot in count.roster.slots.items() if seat not in count.ballots]
    return all(
        recount(count, dict(zip([slot.seat.id for slot in silent], combination, strict=True))) == verdict
        for combination in product(*(list(acts(slot)) for slot in silent))
    )


def position(seed: int) -> Count:
    """The count of a random open case; nothing closes early, so that every position can be met."""
    rng = Random(seed)
    majority = cases.random_majority(rng) if rng.random() < 0.5 else cases.CHARTER["majority"]
    case = cases.make_case(rng, acts=False, early_close="never", deadline_days=200, majority=majority)
    case["now"] = case["events"][-1]["at"]
    course, _ = follow(case)
    assume(course.state == "open")
    return course.count()


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**40))
def test_counting_equals_trying_every_combination(seed: int) -> None:
    count = position(seed)
    assume(count.free + count.bound <= 3)
    assert is_certain(count) == certain_by_trying(count)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
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
    count = follow(case)[0].count()
    assert count.verdict() == "rejected"
    assert is_certain(count) is certain_by_trying(count) is certain
