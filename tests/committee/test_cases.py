"""From raising to permit: what happens in one transaction, who may do what, and what a closing leaves."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from committee import actions
from committee import clock as ticks
from committee.choices import CaseState
from committee.engine import tally
from committee.exceptions import (
    CaseAltered,
    CaseExists,
    ClockMovedBack,
    ConditionDuePast,
    ConditionInvalid,
    EventRefused,
    NoCommittee,
    SubjectUnknown,
)
from committee.kinds import registry as kinds
from committee.kinds.base import SubjectFacts
from committee.models import Case, CaseEvent
from committee.tallying import engine_input, events_of
from governance import permits, registry
from governance.exceptions import Conflict, DomainError, InvalidInput, NotPermitted
from governance.models import Decision, LedgerEntry, Notice, OutboxDelivery, Permit
from governance.subject_ref import SubjectRef
from tests.committee.conftest import DIGEST, OTHER, START, TERMS, Board, Clock, Things, make_board
from tests.people import make_people

APPROVE = {"carol": "approve", "sam": "approve", "erin": "approve"}
CONDITION = {"id": "mask", "due": "2026-12-01", "when": "before_use", "evidence": "Rule PII-03 passes"}


def permit_of(case: Case) -> Permit:
    return Permit.objects.get(case_id=case.number)


def refused(act: Any, **fields: Any) -> str:
    """The code of a refusal: the case keeps its events, the ledger gains one row that says so."""
    before = CaseEvent.objects.count(), Decision.objects.count(), Permit.objects.count()
    entries = LedgerEntry.objects.count()
    with pytest.raises(DomainError) as caught:
        act(**fields)
    assert (CaseEvent.objects.count(), Decision.objects.count(), Permit.objects.count()) == before
    last = LedgerEntry.objects.latest("seq")
    assert (LedgerEntry.objects.count(), last.accepted, last.code) == (entries + 1, False, caught.value.code)
    return caught.value.code


def test_an_opened_case_calls_those_who_may_vote(board: Board, case: Case) -> None:
    called = set(Notice.objects.filter(code="case_opened").values_list("recipient__username", flat=True))
    assert called == {"carol", "bob", "sam", "erin"}
    assert (case.state, case.closes_at) == (CaseState.OPEN, START.replace(day=30, hour=16))


def test_an_alternate_is_called_where_the_holder_worked_on_the_subject(board: Board, things: Things) -> None:
    things.contributors = (board.people.erin.uid,)
    board.open()
    called = set(Notice.objects.filter(code="case_opened").values_list("recipient__username", flat=True))
    assert called == {"carol", "bob", "sam", "xia"}


def test_a_certain_result_gives_decision_permit_and_wake_ups_at_once(board: Board, case: Case) -> None:
    done = board.vote(case, **APPROVE)
    permit, decision = permit_of(done), Decision.objects.get(case_id=done.number)
    assert (done.state, done.outcome, decision.resolution) == ("closed", "approved", "board-2026-0001")
    assert (permit.subject_digest, permit.purpose, permit.terms) == (DIGEST, "search-relevance", TERMS)
    assert permit.holder == f"team:{board.engineering.uid}"
    assert permits.check(permit.uid) == "active"
    assert set(OutboxDelivery.objects.values_list("event", flat=True)) >= {"permit.issued"}
    assert Notice.objects.filter(code="case_approved", recipient=board.people.dave).count() == 1


def test_a_closing_that_fails_leaves_nothing(
    board: Board, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = board.vote(case, carol="approve", sam="approve")

    def broken(**_: Any) -> None:
        raise RuntimeError("no permit")

    monkeypatch.setattr("governance.services.decisions.permit_issue", broken)
    with pytest.raises(RuntimeError):
        board.vote(case, erin="approve")
    case.refresh_from_db()
    assert (case.state, case.events.count(), Decision.objects.count()) == ("open", 3, 0)
    assert not OutboxDelivery.objects.filter(event="case.closed").exists()


def test_resolutions_are_numbered_without_gaps_or_doubles(board: Board, things: Things) -> None:
    things.digests |= {"second": OTHER, "third": OTHER}
    for subject, choice in (("thing", "approve"), ("second", "reject"), ("third", "approve")):
        board.vote(board.open(subject), carol=choice, sam=choice, erin=choice)
    assert list(Decision.objects.order_by("pk").values_list("resolution", flat=True)) == [
        "board-2026-0001",
        "board-2026-0002",
        "board-2026-0003",
    ]


@pytest.mark.parametrize(
    ("name", "code"), [("mallory", "not_entitled"), ("dave", "not_entitled"), ("xia", "not_entitled")]
)
def test_who_does_not_sit_cannot_vote(board: Board, case: Case, name: str, code: str) -> None:
    assert refused(actions.ballot_cast, actor=board.person(name), case=case, choice="approve") == code


def test_nobody_votes_for_another_seat(board: Board, case: Case) -> None:
    fields = {"actor": board.people.bob, "case": case, "choice": "approve", "seat": "seat-1"}
    assert refused(actions.ballot_cast, **fields) == "not_entitled"


def test_a_contributor_is_barred_and_the_alternate_votes(board: Board, things: Things) -> None:
    things.contributors = (board.people.erin.uid,)
    case = board.open()
    assert (
        refused(actions.ballot_cast, actor=board.people.erin, case=case, choice="approve")
        == "seat_ineligible"
    )
    case = board.vote(case, xia="approve")
    assert case.tally["ballots"] == [
        {"seat": "seat-4", "by": board.xia.uid, "choice": "approve", "via": "alternate"}
    ]


def test_a_requester_with_a_seat_cannot_vote(board: Board) -> None:
    case = board.open(actor=board.people.erin, team=board.people.teams["product"])
    assert (
        refused(actions.ballot_cast, actor=board.people.erin, case=case, choice="approve")
        == "seat_ineligible"
    )


def test_a_second_ballot_replaces_the_first(board: Board, case: Case) -> None:
    case = board.vote(case, carol="approve")
    case = board.vote(case, carol="reject")
    assert [b["choice"] for b in case.tally["ballots"]] == ["reject"]
    case = board.vote(case, carol="reject")  # the same within the same second
    assert case.events.count() == 4
    assert len(set(case.events.values_list("entry_hash", flat=True))) == 4


def test_a_closed_case_takes_no_ballot(board: Board, case: Case) -> None:
    done = board.vote(case, **APPROVE)
    for name in ("bob", "mallory"):
        assert (
            refused(actions.ballot_cast, actor=board.person(name), case=done, choice="reject")
            == "case_closed"
        )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"choice": "reject"}, "rationale_missing"),
        ({"choice": "maybe"}, "invalid_input"),
        ({"choice": "approve", "rationale": "x" * 100_000}, "invalid_input"),
        ({"choice": "approve", "rationale": "fine \u202e enif"}, "invalid_input"),
        ({"choice": "approve", "rationale": "nul \x00"}, "invalid_input"),
        ({"choice": "approve", "seat": "seat-99"}, "invalid_input"),
        ({"choice": "approve", "seat": "x" * 500}, "invalid_input"),
        ({"choice": "approve", "bound_to": OTHER}, "conflict"),
    ],
)
def test_a_bad_ballot_is_refused_and_writes_nothing(
    board: Board, case: Case, fields: dict[str, Any], code: str
) -> None:
    assert refused(actions.ballot_cast, actor=board.people.carol, case=case, **fields) == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"due": "2026-11-22"}, "condition_due_past"),
        ({"due": "soon"}, "condition_invalid"),
        ({"due": "2026-02-30"}, "condition_invalid"),
        ({"owner": "nobody"}, "condition_invalid"),
        ({"when": "never"}, "condition_invalid"),
        ({"evidence": " "}, "condition_invalid"),
        ({"evidence": "x" * 3000}, "condition_invalid"),
        ({"id": "a b"}, "condition_invalid"),
    ],
)
def test_a_bad_condition_is_refused(board: Board, case: Case, change: dict[str, str], code: str) -> None:
    asked = CONDITION | {"owner": board.people.alice.uid} | change
    fields = {"actor": board.people.carol, "case": case, "choice": "approve", "conditions": [asked]}
    assert refused(actions.ballot_cast, **fields) == code


def test_only_an_approval_carries_conditions_and_each_once(board: Board, case: Case) -> None:
    asked = CONDITION | {"owner": board.people.alice.uid}
    for choice, conditions in (("abstain", [asked]), ("approve", [asked, asked]), ("approve", [asked] * 11)):
        with pytest.raises(ConditionInvalid):
            actions.ballot_cast(actor=board.people.carol, case=case, choice=choice, conditions=conditions)


def conditional(board: Board, case: Case, **change: str) -> Case:
    asked = CONDITION | {"owner": board.people.alice.uid} | change
    case = actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", conditions=[asked])
    return board.vote(case, sam="approve", erin="approve")


def test_an_adopted_condition_keeps_the_permit_shut_until_it_is_met(board: Board, case: Case) -> None:
    done = conditional(board, case)
    permit = permit_of(done)
    assert done.outcome == "approved_with_conditions"
    assert [(c["id"], c["text"], c["due_end"]) for c in permit.conditions] == [
        ("mask", "Rule PII-03 passes", "2026-12-01T16:00:00Z")
    ]
    assert Notice.objects.filter(code="condition_adopted", recipient=board.people.alice).count() == 1
    assert permits.check(permit.uid) == "suspended"
    met = {"case": done, "condition": "mask", "evidence": "Run 12"}
    assert refused(actions.condition_confirm, actor=board.people.alice, **met) == "actor_not_allowed"
    assert refused(actions.condition_confirm, actor=board.secretary, **(met | {"condition": "no"})) == (
        "unknown_condition"
    )
    actions.condition_confirm(actor=board.secretary, **met)
    assert permits.check(permit.uid) == "active"


def test_a_replaced_ballot_asks_for_no_condition(board: Board, case: Case) -> None:
    asked = CONDITION | {"owner": board.people.alice.uid}
    case = actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", conditions=[asked])
    later = asked | {"evidence": "Rule PII-04 passes"}
    case = actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", conditions=[later])
    done = board.vote(case, sam="approve", erin="approve")
    assert [c["text"] for c in permit_of(done).conditions] == ["Rule PII-04 passes"]


def test_an_unmet_condition_lapses_the_permit_at_the_end_of_its_day(
    board: Board, case: Case, clock: Clock
) -> None:
    permit = permit_of(conditional(board, case))
    clock.forward(days=9)
    assert permits.check(permit.uid) == "lapsed"


def test_a_revoked_permit_is_dead_and_says_so_once(board: Board, case: Case) -> None:
    done = board.vote(case, **APPROVE)
    permit = permit_of(done)
    for name in ("dave", "erin", "mallory"):
        code = refused(actions.permit_revoke, actor=board.person(name), case=done, reason="stop")
        assert code == "actor_not_allowed"
    assert (
        refused(actions.permit_revoke, actor=board.people.carol, case=done, reason=" ") == "rationale_missing"
    )
    actions.permit_revoke(actor=board.people.carol, case=done, reason="The source withdrew its licence.")
    assert permits.check(permit.uid) == "revoked"
    again = {"actor": board.people.carol, "case": done, "reason": "again"}
    assert refused(actions.permit_revoke, **again) == "permit_not_live"
    woken = OutboxDelivery.objects.filter(event="permit.ended").values_list("reactor", flat=True)
    assert sorted(woken) == sorted(registry.reactors("permit.ended"))  # each once


def test_a_changed_subject_supersedes_an_open_case_even_if_the_ballot_is_refused(
    board: Board, case: Case, things: Things
) -> None:
    case = board.vote(case, carol="approve")
    things.digests["thing"] = OTHER
    with pytest.raises(EventRefused) as caught:
        board.vote(case, sam="approve")
    case.refresh_from_db()
    assert (caught.value.code, case.state, case.outcome) == ("case_closed", "closed", "superseded")
    assert case.tally["counts"]["approve"] == 0


def test_a_changed_subject_voids_the_permit_for_good(board: Board, case: Case, things: Things) -> None:
    permit = permit_of(board.vote(case, **APPROVE))
    things.digests["thing"] = OTHER
    ticks.on_subject_changed(subject_kind="dataset_version", subject_id="thing")
    assert permits.check(permit.uid) == "void"
    things.digests["thing"] = DIGEST
    ticks.cases_tick()
    assert permits.check(permit.uid) == "void"
    assert CaseEvent.objects.filter(type="subject_changed").count() == 1


def test_the_tick_finds_a_change_nobody_told(board: Board, case: Case, things: Things) -> None:
    permit = permit_of(board.vote(case, **APPROVE))
    things.digests["thing"] = OTHER
    ticks.cases_tick()
    assert permits.check(permit.uid) == "void"


def test_a_subject_that_is_gone_is_no_change(board: Board, case: Case, things: Things) -> None:
    things.digests.clear()
    assert ticks.cases_tick() == 0
    case.refresh_from_db()
    assert case.state == "open"


def test_the_deadline_denies_and_only_once(board: Board, case: Case, clock: Clock) -> None:
    case = board.vote(case, carol="approve")
    clock.forward(days=8)
    assert ticks.cases_tick() == 1
    assert ticks.cases_tick() == 0
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closed_at) == ("closed", "expired", START.replace(day=30, hour=16))
    assert Notice.objects.filter(code="case_expired").count() == 1
    assert not Decision.objects.exists()


def test_one_broken_case_keeps_no_other_from_its_deadline(
    board: Board, case: Case, things: Things, clock: Clock
) -> None:
    things.digests["second"] = OTHER
    second = board.open("second")
    for each in (case, second):
        board.vote(each, carol="reject", sam="reject", bob="approve")
    Case.objects.filter(pk=case.pk).update(holder="team:mallory")
    clock.forward(days=8)
    assert ticks.cases_tick() == 1
    second.refresh_from_db()
    case.refresh_from_db()
    assert (second.outcome, case.state) == ("rejected", "open")


@pytest.mark.parametrize("column", ["holder", "reason", "purpose", "title"])
def test_a_case_edited_behind_its_back_is_never_decided(board: Board, case: Case, column: str) -> None:
    case = board.vote(case, carol="approve", sam="approve")
    Case.objects.filter(pk=case.pk).update(**{column: "edited"})
    with pytest.raises(CaseAltered):
        board.vote(case, erin="approve")
    assert not Permit.objects.exists()


def test_a_clock_moved_back_writes_nothing_and_shows_the_case(board: Board, case: Case, clock: Clock) -> None:
    clock.forward(hours=-1)
    assert refused(actions.ballot_cast, actor=board.people.carol, case=case, choice="approve") == (
        "clock_moved_back"
    )
    assert issubclass(ClockMovedBack, DomainError)
    assert ticks.cases_tick() == 0


def test_returning_stops_the_clock_and_only_the_requester_resumes(
    board: Board, case: Case, clock: Clock
) -> None:
    back = {"case": case, "reason": "Which columns?"}
    for name in ("bob", "dave", "mallory"):
        assert refused(actions.case_return, actor=board.person(name), **back) == "actor_not_allowed"
    case = actions.case_return(actor=board.people.carol, **back)
    assert (case.state, case.closes_at) == ("returned", None)
    assert Notice.objects.filter(code="case_returned", recipient=board.people.dave).exists()
    assert refused(actions.ballot_cast, actor=board.people.bob, case=case, choice="approve") == "not_open"
    assert refused(actions.ballot_cast, actor=board.people.mallory, case=case, choice="approve") == "not_open"
    clock.forward(days=20)
    assert ticks.cases_tick() == 0
    assert refused(actions.case_resume, actor=board.people.carol, case=case) == "actor_not_allowed"
    assert actions.case_resume(actor=board.people.dave, case=case).state == "open"


def test_only_the_requester_withdraws(board: Board, case: Case) -> None:
    assert refused(actions.case_withdraw, actor=board.people.carol, case=case) == "actor_not_allowed"
    assert actions.case_withdraw(actor=board.people.dave, case=case).outcome == "withdrawn"
    assert board.open().state == "open"


def test_a_declared_conflict_voids_the_ballot(board: Board, case: Case) -> None:
    case = board.vote(case, bob="approve")
    declared = {"case": case, "member": board.people.bob, "reason": "My team sells it."}
    assert refused(actions.conflict_declare, actor=board.people.erin, **declared) == "actor_not_allowed"
    case = actions.conflict_declare(actor=board.people.bob, **declared)
    assert case.tally["ballots"] == []


def test_a_second_case_about_the_same_thing_is_refused_while_one_is_open(board: Board, case: Case) -> None:
    with pytest.raises(CaseExists):
        board.open()
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"subject": "guessed"}, SubjectUnknown),
        ({"purpose": "two words"}, InvalidInput),
        ({"purpose": "x" * 81}, InvalidInput),
        ({"purpose": ""}, InvalidInput),
        ({"reason": "x" * 20_001}, InvalidInput),
        ({"terms": TERMS | {"runs": True}}, DomainError),
        ({"terms": {}}, DomainError),
    ],
)
def test_a_case_that_cannot_be_opened_leaves_no_draft(
    board: Board, change: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        board.open(**change)
    assert not Case.objects.exists()


def test_a_case_is_raised_only_for_ones_own_team(board: Board) -> None:
    for name in ("mallory", "erin"):
        with pytest.raises(NotPermitted):
            board.open(actor=board.person(name))


def test_without_a_committee_no_case_is_opened(
    db: None, clock: Clock, things: Things, no_broker: None
) -> None:
    people = make_people()
    with pytest.raises(NoCommittee):
        actions.case_open(
            actor=people.dave,
            action="train",
            subject=SubjectRef("dataset_version", "thing"),
            purpose="x",
            team=people.teams["engineering"],
            terms=TERMS,
        )


def test_the_statement_of_no_interest_is_in_the_ledger(board: Board, case: Case) -> None:
    actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", no_interest=True)
    entry = LedgerEntry.objects.filter(type="case.ballot").latest("seq")
    assert json.loads(entry.data)["no_interest"] == 1


@pytest.mark.parametrize(("language", "words"), [("en", "The case is closed"), ("zh-hans", "议案已结束")])
def test_a_refusal_speaks_the_readers_language(board: Board, case: Case, language: str, words: str) -> None:
    done = board.vote(case, **APPROVE)
    with translation.override(language), pytest.raises(EventRefused, match=words):
        board.vote(done, bob="reject")


def test_every_stored_case_replays_to_what_is_stored(board: Board, things: Things, clock: Clock) -> None:
    things.digests |= {"second": OTHER, "third": OTHER, "fourth": OTHER}
    board.vote(board.open(), **APPROVE)
    board.vote(board.open("second"), carol="reject", sam="reject", bob="reject")
    actions.case_withdraw(actor=board.people.dave, case=board.open("third"))
    board.vote(board.open("fourth"), carol="recuse", bob="abstain")
    clock.forward(days=9)
    ticks.cases_tick()
    for case in Case.objects.select_related("committee"):
        output = tally(engine_input(case, events_of(case), now=clock.now)).output
        assert output | {"permit": None} == case.tally | {"permit": None}
        assert (output["state"], output["outcome"]) == (case.state, case.outcome)


def test_conflicts_of_two_cases_do_not_mix(db: None, clock: Clock, things: Things, no_broker: None) -> None:
    board = make_board(sealed=True)
    case = board.vote(board.open(), carol="approve")
    with pytest.raises(Conflict):
        actions.ballot_cast(actor=board.people.bob, case=case, choice="approve", bound_to=OTHER)
    assert issubclass(ConditionDuePast, ConditionInvalid)


def test_the_evidence_is_made_before_the_transaction_which_refuses_what_changed_meanwhile(
    board: Board, things: Things, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside, facts = len(connection.savepoint_ids), things.facts

    def changed_meanwhile(uid: str) -> SubjectFacts:
        assert len(connection.savepoint_ids) == outside, "computed while others wait for the write"
        found = facts(uid)
        things.digests[uid] = OTHER
        return found

    kind = kinds.KINDS["dataset_version", "train"]
    slow = dataclasses.replace(kind, facts=changed_meanwhile)
    monkeypatch.setitem(kinds.KINDS, ("dataset_version", "train"), slow)
    with pytest.raises(Conflict):
        board.open()
    assert not Case.objects.exists()
    refused = LedgerEntry.objects.order_by("-seq")[0]
    assert (refused.type, refused.accepted, refused.code) == ("case.open", False, "conflict")
    assert board.open().state == "open"  # the subject is what it was read as by now
