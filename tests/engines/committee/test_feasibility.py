"""Can a case ever be approved: what the lint says never passes, never does; what it says passes, can."""

import time
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from committee.engine import InputFault, tally
from committee.engine.feasibility import Feasibility, feasibility, finding_text
from committee.engine.texts import Text
from tests.engines.committee import cases

ACTIONS = ("train", "adopt")
seeds = st.integers(min_value=0, max_value=2**32)


def tried(case: dict[str, Any]) -> Feasibility:
    body = {name: case[name] for name in case if name not in {"now", "case", "events", "viewer"}}
    return feasibility(body, at=cases.OPENING, actions=ACTIONS)


def words(found: Feasibility, **names: Text) -> list[str]:
    return [finding_text(one, names).en for one in (*found.obstacles, *found.warnings)]


def quorum(value: int) -> dict[str, Any]:
    return {"basis": "count", "value": value, "abstentions": True, "proxies": True}


def test_a_plain_charter_has_neither_obstacle_nor_warning() -> None:
    found = tried(cases.case([]))
    assert (len(found.shapes), found.obstacles, found.warnings) == (1, (), ())


def test_a_quorum_nobody_can_reach_is_said_with_its_numbers() -> None:
    found = tried(cases.case([], charter={"quorum": quorum(9)}))
    assert found.blocked == {()}
    (only,) = found.obstacles
    text = finding_text(only, {"action:train": Text("permit to train", "训练许可")})
    assert text.en == "A case at level 1 (permit to train) can never pass: 5 eligible seats, quorum needs 9."
    assert text.zh == "级别 1 的议案（训练许可）永远无法通过：有资格的席位 5 个，法定人数需要 9。"


def test_one_absence_too_many_is_a_warning() -> None:
    found = tried(cases.case([], charter={"quorum": quorum(5)}))
    assert found.obstacles == ()
    assert {seat for one in found.warnings for seat in one.seats} == {"s1", "s2", "s3", "s4", "s5"}
    assert "cannot pass once" in words(found)[0]


def test_a_function_nobody_serves_and_one_only_one_serves() -> None:
    need = [{"kind": "function", "function": "legal", "of": "approvals", "min": 1}]
    case = cases.case([], charter={"composition": need})
    assert words(tried(case)) == [
        "A case at level 1 (train) can never pass: 0 eligible seats serve legal, 1 must."
    ]
    case["seats"][3]["functions"] = ["legal"]
    found = tried(case)
    assert (found.obstacles, [one.seats for one in found.warnings]) == ((), [("s4",)])
    case["seats"][3]["alternate"] = {"member": "a4", "team": "team-4"}
    assert tried(case).warnings == ()


def test_a_team_that_fills_the_table_cannot_pass_under_a_cap() -> None:
    case = cases.case([], charter={"composition": [{"kind": "team_cap", "max": 1}]})
    case["charter"]["majority"] = {"basis": "eligible", "threshold": "2/3", "strict": False}
    for seat in case["seats"][:3]:
        seat["team"] = "team-big"
    found = tried(case)
    assert [(one.team, one.all_teams) for one in found.obstacles] == [("team-big", False)]
    assert found.blocked == frozenset()
    assert "of team team-big can never pass: at most 3 approvals count, 4 are needed" in words(found)[0]


def test_each_set_of_policies_is_tried_once_and_named_by_its_plainest_case() -> None:
    policies = [
        {"id": "high", "match": {"min_level": 4}, "set": {"quorum": quorum(9)}},
        {"id": "big", "match": {"min_rows_share": "1/2", "min_downstream_models": 3}, "set": {}},
        {"id": "ads", "match": {"purposes": ["ads"], "actions": ["export"]}, "set": {}},
    ]
    found = tried(cases.case([], policies=policies))
    assert len(found.shapes) == 8
    assert found.blocked == {shape.policies for shape in found.shapes if "high" in shape.policies}
    (line,) = words(found)
    assert line.startswith("A case at level 4 (train) and 3 other kinds of case can never pass")


def test_rules_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(InputFault):
        tried(cases.case([], charter={"deadline_days": 0}))


@cases.examples(150)
@given(seeds)
def test_what_was_approved_is_never_called_impossible(seed: int) -> None:
    case = cases.make_case(Random(seed), acts=False)
    if any(one["type"] in {"seat_added", "seat_ended"} for one in case["events"]):
        return  # other seats than those the lint was shown
    out = tally(case).output
    if out["outcome"] in {"approved", "approved_with_conditions"}:
        found = tried(case)
        assert tuple(out["policies"]) not in found.blocked


@cases.examples(60)
@given(seeds)
def test_what_is_not_called_impossible_passes_with_everybody_for_it(seed: int) -> None:
    case = cases.make_case(Random(seed), dated=False, acts=False)
    case["conflicts"], case["delegations"] = [], []
    case["case"] |= {"requester": "nobody", "contributors": [], "beneficiaries": []}
    case["case"]["requesting_team"] = "team-none"
    found = tried(case)
    policies = tuple(tally(case).output["policies"])
    if policies not in {shape.policies for shape in found.shapes}:
        return
    sitting = [cases.event(1, "ballot", s["member"], seat=s["id"], choice="approve") for s in case["seats"]]
    opening = cases.event(0, "open", "nobody")
    whole = cases.with_events(case, [opening, *sitting]) | {"now": "2027-01-01T00:00:00Z"}
    blocked = any(policies in {s.policies for s in one.shapes} and not one.team for one in found.obstacles)
    assert (tally(whole).output["outcome"] == "approved") is not blocked


def test_nine_or_nine_hundred_seats_are_quick() -> None:
    policies = [
        {
            "id": f"p{n}",
            "match": {"min_level": n % 5 + 1, "actions": [f"act-{n % 3}"]},
            "set": {"sealed": True},
        }
        for n in range(10)
    ]
    case = cases.case([], policies=policies)
    case["seats"] = [cases.seat(number, team="team-all") for number in range(1, 901)]
    start = time.perf_counter()
    assert tried(case).obstacles == ()
    assert time.perf_counter() - start < 10
