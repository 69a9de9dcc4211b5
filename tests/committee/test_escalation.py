"""Cases that go on: to the committee the rules name, once; and as a next case about the same thing."""

from __future__ import annotations

from typing import Any

import pytest

from committee import actions
from committee import clock as ticks
from committee.exceptions import PredecessorInvalid, SubjectNotReady
from committee.models import AgendaItem, Case, Committee
from committee.sealing import dossier_content
from governance import ledger
from governance.models import LedgerEntry, Notice, OutboxDelivery
from tests.committee.conftest import DIGEST, OTHER, TERMS, Board, Clock, Things, make_board
from tests.committee.test_ballots import api
from tests.committee.test_standing import signed_in

LATE = {"on_deadline": "escalate", "escalate_to": "council"}


@pytest.fixture
def late(db: None, clock: Clock, things: Things, no_broker: None) -> Board:
    """A committee whose undecided cases go on to the council."""
    return make_board(**LATE)


def council(board: Board) -> Committee:
    """A second committee with the same law and one other seat, which takes what the first cannot decide."""
    from committee.services import founding

    plan = founding.Founding(
        code="council",
        name="Council",
        name_zh="理事会",
        secretary=None,
        calendar=board.committee.calendar,
        charter=board_charter(board),
        seats=[
            actions.SeatSpec(
                code="c-1",
                member=board.people.alice,
                role="chair",
                functions=("security",),
                team=None,
                term_from="2026-01-05",
            )
        ],
        policies=[],
        access={},
    )
    return founding.committee_add(actor=None, founding=plan)


def board_charter(board: Board) -> dict[str, Any]:
    from committee.tallying import charter_in_force

    document: dict[str, Any] = charter_in_force(board.committee).data
    return document | {
        "quorum": document["quorum"] | {"value": 1},
        "on_deadline": "deny",
        "escalate_to": None,
    }


def expire(board: Board, clock: Clock) -> Case:
    case = board.open()
    clock.forward(days=9)
    actions.case_settle(case=case)
    case.refresh_from_db()
    assert case.outcome == "expired"
    return case


def test_an_undecided_case_goes_on_once(late: Board, clock: Clock) -> None:
    council(late)
    case = expire(late, clock)
    assert OutboxDelivery.objects.filter(reactor="committee.clock.on_case_closed").count() == 1
    for _time in (1, 2):
        ticks.on_case_closed(subject_kind="case", subject_id=case.uid)
    raised = Case.objects.get(predecessor=case)
    assert (raised.committee.code, raised.state, raised.requester) == ("council", "open", case.requester)
    assert (raised.terms, raised.holder, raised.purpose) == (case.terms, case.holder, case.purpose)
    opened = LedgerEntry.objects.get(type="case.open", subject_id=raised.uid)
    assert ledger.data_of(opened)["escalated_from"] == case.number
    assert Notice.objects.get(code="case_escalated").recipient == late.people.dave
    page = signed_in(late, "mallory").get(f"/cases/{case.uid}").content.decode()
    assert f"/cases/{raised.uid}" in page
    assert ledger.verify().ok


def test_without_such_a_committee_the_secretary_hears_of_it(late: Board, clock: Clock) -> None:
    case = expire(late, clock)
    for _time in (1, 2):
        assert actions.case_escalate(case=case) is None
    assert AgendaItem.objects.get().code == "escalation_unplaced"
    told = Notice.objects.filter(code="escalation_unplaced").values_list("recipient__username", flat=True)
    assert sorted(told) == ["dave", "secretary"]
    assert LedgerEntry.objects.filter(type="case.escalated").count() == 1


def test_a_subject_that_is_not_ready_any_more_is_not_raised(
    late: Board, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    council(late)
    case = expire(late, clock)

    def broken(_uid: str, *_more: Any) -> Any:
        raise SubjectNotReady(reason="gate closed")

    from dataclasses import replace

    from committee.kinds import registry as kinds

    kind = kinds.KINDS["dataset_version", "train"]
    monkeypatch.setitem(kinds.KINDS, ("dataset_version", "train"), replace(kind, facts=broken))
    assert actions.case_escalate(case=case) is None
    item = AgendaItem.objects.get()
    assert (item.code, item.params["reason"]) == ("escalation_failed", "subject_not_ready")
    assert Case.objects.count() == 1


def test_a_denied_case_goes_nowhere(board: Board, clock: Clock) -> None:
    case = expire(board, clock)
    assert actions.case_escalate(case=case) is None
    assert not AgendaItem.objects.exists()


def follow(board: Board, case: Case, subject: str = "thing") -> Case:
    return board.open(subject, predecessor=case)


def test_the_next_case_names_the_earlier_one(board: Board, case: Case) -> None:
    done = actions.case_withdraw(actor=board.people.dave, case=case)
    client = signed_in(board, "dave")
    page = client.get(f"/cases/{done.uid}").content.decode()
    assert "Open the next case" in page
    url = f"/cases/new?kind=dataset_version&id=thing&action=train&after={done.uid}"
    form = client.get(url).content.decode()
    assert 'value="search-relevance"' in form
    sent = {
        "purpose": "search-relevance",
        "team": board.engineering.uid,
        "runs": "3",
        "cpu_seconds": "600",
        "job_kinds": "fine_tune",
        "columns": "*",
        "gate": "open",
    }
    assert client.post(url, sent).status_code == 302
    raised = Case.objects.get(predecessor=done)
    assert dossier_content(raised)["predecessor"] == done.number
    assert f"/cases/{done.uid}" in client.get(f"/cases/{raised.uid}").content.decode()
    assert f"/cases/{raised.uid}" in client.get(f"/cases/{done.uid}").content.decode()
    assert client.get(url.replace(done.uid, "guess")).status_code == 404


def test_a_superseded_case_offers_the_next(board: Board, case: Case, things: Things) -> None:
    things.digests["thing"] = OTHER
    actions.case_subject_check(actor=None, case=case)
    case.refresh_from_db()
    raised = follow(board, case)
    assert (raised.subject_digest, raised.predecessor) == (OTHER, case)


def test_only_closed_undecided_or_rejected_cases_about_the_same_are_followed(
    board: Board, case: Case, things: Things
) -> None:
    things.digests["second"] = DIGEST
    with pytest.raises(PredecessorInvalid):
        board.open("second", predecessor=case)
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    with pytest.raises(PredecessorInvalid):
        follow(board, done)
    assert Case.objects.count() == 1
    assert LedgerEntry.objects.latest("seq").code == "predecessor_invalid"


def test_the_next_case_over_the_api(board: Board, case: Case, things: Things) -> None:
    things.digests["second"] = DIGEST
    done = actions.case_withdraw(actor=board.people.dave, case=case)
    sent = {
        "action": "train",
        "subject": {"kind": "dataset_version", "id": "second"},
        "purpose": "ranking",
        "team": "engineering",
        "terms": TERMS,
        "predecessor": done.uid,
    }
    other = api(board, "dave").post("/api/v1/cases", sent)
    assert (other.status_code, other.data["code"]) == (409, "predecessor_invalid")
    assert api(board, "dave").post("/api/v1/cases", sent | {"predecessor": "guess"}).status_code == 404
    sent["subject"] = {"kind": "dataset_version", "id": "thing"}
    made = api(board, "dave").post("/api/v1/cases", sent)
    assert (made.status_code, made.data["predecessor"]) == (201, done.uid)
    assert api(board, "dave").get(f"/api/v1/cases/{done.uid}/around").data["successors"] == [made.data["uid"]]
