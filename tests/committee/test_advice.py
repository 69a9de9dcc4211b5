"""The suggestion of the rules: from the evidence alone, frozen, beside the ballot, counted afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from committee import selectors
from committee.advice import advise
from committee.models import Case
from committee.subjects.verifying import verify_case_events
from tests.committee.conftest import Board, Things
from tests.committee.test_pages import signed_in

OPEN: dict[str, Any] = {"scorecard": {"gate": "open"}, "change": {"against": "v1"}}
COST = {"n": 3, "estimate": 100, "budget": 150}


def said(action: str, terms: dict[str, Any], items: dict[str, Any]) -> tuple[str, list[str]]:
    found = advise(action, terms, items)
    assert all(line.en and line.zh for line in found.lines)
    return found.word, [line.rule for line in found.lines]


@pytest.mark.parametrize(
    ("action", "terms", "items", "word", "rules"),
    [
        ("train", {}, OPEN, "approve", []),
        ("train", {}, OPEN | {"cost": COST}, "approve", []),
        ("train", {}, OPEN | {"scorecard": {"gate": "conditional"}}, "conditions", ["gate_not_open"]),
        ("train", {}, OPEN | {"scorecard": {"gate": "closed"}}, "reject", ["gate_closed"]),
        ("train", {}, OPEN | {"incidents": {"open": [{}]}}, "reject", ["incident_open"]),
        ("train", {}, OPEN | {"personal_data": {"asked": ["email"]}}, "conditions", ["personal_data_asked"]),
        ("train", {}, OPEN | {"cost": COST | {"budget": 201}}, "conditions", ["budget_above_estimate"]),
        ("train", {}, OPEN | {"cost": {"n": 0}}, "none", ["no_run_to_go_by"]),
        ("train", {}, OPEN | {"change": {"against": ""}}, "none", ["first_version"]),
        ("train", {}, OPEN | {"contract": {"removed": ["x"]}}, "conditions", ["contract_broken"]),
        (
            "train",
            {},
            OPEN | {"earlier": {"cases": [{"outcome": "rejected", "same_digest": True, "case": "C1"}]}},
            "reject",
            ["rejected_before"],
        ),
        ("read", {"columns": ["*"]}, {}, "conditions", ["all_columns"]),
        ("export", {"columns": ["a"], "days": 200}, {}, "conditions", ["long_access"]),
        ("read", {"columns": ["a"], "days": 20}, {}, "approve", []),
        ("waive", {}, {"waived_before": {"waivers": [1, 2]}}, "reject", ["waived_twice"]),
        ("waive", {}, {"rule": {"severity": "blocker"}}, "conditions", ["blocker_waived"]),
        (
            "waive",
            {"max_failing_rows": 9},
            {"rule": {"failing_rows": 4}},
            "conditions",
            ["rows_above_failing"],
        ),
        ("adopt", {}, {"change": {"removed": ["r"]}}, "conditions", ["rules_removed"]),
        ("adopt", {}, {"governed": {"closing": ["orders"]}}, "conditions", ["gates_would_close"]),
        ("promote", {}, {"evaluation": {"better": False}}, "reject", ["no_gain_shown"]),
        ("promote", {}, {"licence": {"licence": ""}}, "conditions", ["licence_unstated"]),
        (
            "recertify",
            {"action": "train"},
            OPEN | {"permit": {"refused": 2}},
            "conditions",
            ["refusals_noted"],
        ),
        ("review", {}, {}, "none", []),
    ],
)
def test_each_rule_says_its_word(
    action: str, terms: dict[str, Any], items: dict[str, Any], word: str, rules: list[str]
) -> None:
    assert said(action, terms, items) == (word, rules)


def test_the_gravest_word_wins() -> None:
    items = OPEN | {"incidents": {"open": [{}]}, "cost": {"n": 0}, "personal_data": {"asked": ["email"]}}
    assert said("train", {}, items)[0] == "reject"


def test_advice_is_frozen_and_a_changed_column_is_found(board: Board, case: Case) -> None:
    assert case.advice == "conditions"  # the board's thing says nothing of a gate
    assert list(verify_case_events()) == []
    Case.objects.filter(pk=case.pk).update(advice="approve")
    assert (f"case {case.number}", "columns_differ") in list(verify_case_events())


def test_the_record_counts_decisions_that_differ(board: Board, things: Things) -> None:
    things.digests |= {"second": "sha256:" + "c" * 64}
    first = board.open()
    assert selectors.advice_record("train", leave_out=first) == selectors.advice_record("train")
    board.vote(first, carol="approve", sam="approve", erin="approve")  # conditions were suggested
    record = selectors.advice_record("train")
    assert (record.differed, record.decided) == (1, 1)
    case = board.open("second")
    for language, words in (("en", "The committee differed in 1 of 1 case."), ("zh-hans", "未采纳规则建议")):
        page = signed_in(board, "carol", language).get(case.get_absolute_url()).content.decode()
        assert words in page
    assert 'value="conditional" checked' not in page  # never filled in beforehand
    client = Client()
    client.force_login(board.people.carol)
    told = client.get(f"/api/v1/cases/{case.uid}/advice").json()
    assert (told["word"], told["differed"], told["decided"]) == ("conditions", 1, 1)
    assert {line["rule"] for line in told["lines"]} == {"gate_not_open"}
    assert client.get("/api/v1/cases/guess/advice").status_code == 404
