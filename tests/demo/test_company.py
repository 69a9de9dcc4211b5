"""The demo company's committee satisfies the committee's own schema and can decide."""

import json
from datetime import date
from typing import Any

import jsonschema
import pytest

from committee.engine import tally
from demo.company import (
    CHARTER,
    COMMITTEE,
    DEPARTMENTS,
    PEOPLE,
    POLICIES,
    SEATS,
    TEAMS,
    calendar,
)
from tests.demo.conftest import REPO

CASE = {
    "id": "case-1",
    "action": "train",
    "subject": {"kind": "dataset_version", "id": "version-1", "digest": "sha256:" + "a" * 64},
    "level": 2,
    "purpose": "search-relevance",
    "change": {"rows_changed": 0, "rows_total": 100},
    "downstream_models": 0,
    "requester": "liu.yang",
    "requesting_team": "model-engineering",
    "contributors": ["emma.clarke"],
    "beneficiaries": [],
}


def committee_schema() -> dict[str, Any]:
    path = REPO / "committee" / "engine" / "schemas" / "committee-case.schema.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def committee_input(**changes: Any) -> dict[str, Any]:
    return {
        "spec": "committee-case/1",
        "now": "2026-11-24T09:00:00+08:00",
        "calendar": calendar(),
        "committee": dict(COMMITTEE),
        "charter": CHARTER,
        "policies": [policy.document for policy in POLICIES],
        "seats": list(SEATS),
        "delegations": [],
        "conflicts": [],
        "case": CASE | changes,
        "events": [],
    }


def test_charter_policies_seats_and_calendar_satisfy_the_committee_schema() -> None:
    schema = committee_schema()
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(committee_input())] == []


def test_people_teams_and_departments_name_only_each_other() -> None:
    people, departments = {person.username for person in PEOPLE}, {node.code for node in DEPARTMENTS}
    assert len(people) == len(PEOPLE) >= 12
    assert {person.department for person in PEOPLE} <= departments
    assert {node.parent for node in DEPARTMENTS} <= departments | {""}
    assert {member for team in TEAMS for member in team.members} <= people
    assert {team.function for team in TEAMS} == {"governance", "engineering", "product", "operations"}
    assert all(person.name and person.name_zh and person.duty_zh for person in PEOPLE)


def test_seats_hold_known_people_of_the_team_they_sit_for() -> None:
    members = {team.code: set(team.members) for team in TEAMS}
    assert all(seat["member"] in members[seat["team"]] for seat in SEATS)
    assert len({seat["member"] for seat in SEATS}) == len(SEATS)
    assert [seat["role"] for seat in SEATS].count("chair") == 1
    assert COMMITTEE["secretary"] not in {seat["member"] for seat in SEATS}


@pytest.mark.parametrize("function", ["security", "legal", "data-owner"])
def test_every_function_a_policy_asks_for_has_a_seat(function: str) -> None:
    assert any(function in seat["functions"] for seat in SEATS)


def test_the_calendar_knows_holidays_and_make_up_days_of_both_years() -> None:
    holidays, workdays = calendar()["holidays"], calendar()["workdays"]
    assert {day[:4] for day in holidays} == {"2026", "2027"}
    assert set(holidays).isdisjoint(workdays)
    assert len(set(holidays)) == len(holidays)
    assert all(date.fromisoformat(day).isoweekday() >= 6 for day in workdays)


def ballots(*members: str) -> list[dict[str, Any]]:
    seats = {seat["member"]: seat["id"] for seat in SEATS}
    opened = {"at": "2026-11-23T09:00:00+08:00", "type": "open", "by": "liu.yang"}
    cast = [
        {"at": f"2026-11-23T09:{minute:02d}:00+08:00", "type": "ballot", "by": member, "seat": seats[member]}
        | {"choice": "approve"}
        for minute, member in enumerate(members, start=1)
    ]
    return [opened, *cast]


YES = ("zhou.min", "daniel.brooks", "sun.yi", "tan.shuo", "zhao.qing", "gao.lin")


def test_a_training_case_is_approved_as_soon_as_it_is_certain() -> None:
    output = tally(committee_input() | {"events": ballots(*YES)}).output
    assert (output["state"], output["outcome"]) == ("closed", "approved")
    assert output["policies"] == ["quorum-half", "train"]
    assert output["counts"]["quorum_needed"] == 4


def test_without_a_data_owner_no_training_is_approved() -> None:
    members = ("zhou.min", "daniel.brooks", "sun.yi", "tang.wei")
    output = tally(committee_input() | {"events": ballots(*members)}).output
    assert (output["state"], output["outcome"]) == ("open", None)


def test_sensitive_data_waits_a_day_with_sealed_ballots_and_two_thirds() -> None:
    now = {"now": "2026-11-23T18:00:00+08:00"}
    output = tally(committee_input(level=3) | {"events": ballots(*YES)} | now).output
    assert (output["state"], output["effective"]["sealed"]) == ("open", True)
    assert output["counts"]["threshold_needed"] == 6
    later = tally(committee_input(level=3) | {"events": ballots(*YES)}).output
    assert (later["state"], later["outcome"]) == ("closed", "approved")
