"""Law changes by decision only: what a draft must hold, what adoption does, what revocation takes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection

from committee import actions, linting, selectors, tallying
from committee.clock import law as clock_law
from committee.drafting import in_force as holding
from committee.exceptions import (
    CharterInvalid,
    CharterNeverMet,
    LawInCase,
    LawInWork,
    LawNotDraft,
    LawUnchanged,
    LawWaiting,
    NoChairLeft,
    SubjectNotReady,
)
from committee.models import AgendaItem, Case, Committee, LawText, Policy, Seat
from committee.services import founding as founding_service
from demo import company
from governance import ledger
from governance.exceptions import Conflict, InvalidInput, NotPermitted, PermitRefused, WrongTransition
from governance.models import AccessRule, LedgerEntry, Notice
from governance.record.canonical import digest_of
from tests.committee.conftest import Board, Clock, Things, charter, make_board
from tests.committee.law import (
    NEW_CHARTER,
    clock_user,
    decide,
    draft,
    in_force,
    proposed,
    raise_case,
    revoke,
    seat,
    writer,
)

POLICY = {
    "id": "sensitive",
    "match": {"min_level": 2},
    "set": {"majority": {"basis": "eligible", "threshold": "2/3", "strict": False}, "sealed": True},
}
ACCESS = {"action": "read", "min_level": 4}


def refusals(type: str) -> list[str]:
    rows = LedgerEntry.objects.filter(type=type, accepted=False).order_by("seq")
    return list(rows.values_list("code", flat=True))


def test_a_draft_is_the_next_version_of_its_piece(board: Board) -> None:
    text = draft(board, "charter", NEW_CHARTER, note="Two seats are enough")
    assert (text.number, text.status, text.contributors) == (2, "draft", [board.secretary.uid])
    assert text.data == NEW_CHARTER
    entry = LedgerEntry.objects.get(type="law.drafted")
    assert (entry.subject_kind, entry.subject_id, entry.subject_digest) == ("charter", text.uid, text.digest)
    with pytest.raises(LawInWork):
        draft(board, "charter", NEW_CHARTER | {"version": "charter-2027-2"})
    assert refusals("law.draft") == ["law_in_work"]


def test_an_edit_keeps_the_text_before_and_names_who_wrote(board: Board) -> None:
    text = draft(board, "policy", POLICY)
    before, document = text.digest, POLICY | {"match": {"min_level": 3}}
    done = actions.law_edit(actor=board.people.carol, text=text, document=document, digest=before)
    assert done.contributors == [board.secretary.uid, board.people.carol.uid]
    data = ledger.data_of(LedgerEntry.objects.get(type="law.edited"))
    assert (data["before"], data["digest"]) == (before, done.digest)
    assert json.loads(data["previous"]) == POLICY
    with pytest.raises(Conflict):
        actions.law_edit(actor=board.people.carol, text=text, document=POLICY, digest=before)
    with pytest.raises(CharterInvalid):
        actions.law_edit(actor=board.people.carol, text=text, document=POLICY | {"id": "other"})


@pytest.mark.parametrize("name", ["dave", "erin", "mallory", "alice"])
def test_only_the_governance_team_works_on_law(board: Board, name: str) -> None:
    user = board.person(name)
    user.is_superuser = True
    user.save()
    text = draft(board, "policy", POLICY)
    for act in (
        lambda: actions.law_draft(actor=user, kind="charter", document=NEW_CHARTER),
        lambda: actions.law_edit(actor=user, text=text, document=POLICY),
        lambda: actions.law_propose(actor=user, text=text),
        lambda: actions.law_drop(actor=user, text=text),
        lambda: actions.law_adopt(actor=user, text=text),
        lambda: actions.law_take_back(actor=user, text=text),
    ):
        with pytest.raises(NotPermitted):
            act()
    text.refresh_from_db()
    assert (text.status, LawText.objects.filter(kind="charter").count()) == ("draft", 1)


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("charter", {}, "/version"),
    ("charter", charter(), "/version"),  # its name is used
    ("charter", NEW_CHARTER | {"deadline_days": 0}, "/deadline_days"),
    ("charter", NEW_CHARTER | {"extra": 1}, "/extra"),
    ("charter", NEW_CHARTER | {"deadline_days": 2.5}, "/"),
    ("charter", NEW_CHARTER | {"version": "a\u202eb"}, "/version"),
    (
        "charter",
        NEW_CHARTER | {"majority": {"basis": "cast", "threshold": "1/3", "strict": True}},
        "/majority/threshold",
    ),
    ("policy", {"id": "p", "match": {}}, "/set"),
    ("policy", {"id": "p", "match": {"colour": 1}, "set": {}}, "/match/colour"),
    ("policy", {"match": {}, "set": {}}, "/id"),
    ("access_rule", {"action": "fly", "min_level": 1}, "/action"),
    ("access_rule", {"action": "read", "min_level": 9}, "/min_level"),
    ("access_rule", {"action": "read", "min_level": True}, "/min_level"),
    ("access_rule", {"action": "read"}, "/min_level"),
    ("access_rule", ACCESS | {"note": "x"}, "/note"),
    (
        "seat",
        {"place": "seat-9", "member": "nobody", "role": "member", "term": {"from": "2026-01-01"}},
        "/member",
    ),
    ("seat", {"place": "seat 9"}, "/place"),
    ("committee_founding", {"code": "risk", "name": "Risk"}, "/calendar"),
]


@pytest.mark.parametrize(("kind", "document", "path"), BAD)
def test_a_bad_document_is_refused_with_its_place(
    board: Board, kind: str, document: dict[str, Any], path: str
) -> None:
    before = LawText.objects.count()
    with pytest.raises(CharterInvalid) as refused:
        draft(board, kind, document)
    assert refused.value.params["path"] == path
    assert LawText.objects.count() == before
    assert refusals("law.draft") == ["charter_invalid"]


@pytest.mark.parametrize(
    "change",
    [
        {"role": "king"},
        {"functions": "security"},
        {"functions": ["Security!"]},
        {"team": "nobody"},
        {"alternate": "nobody"},
        {"term": {"from": "2026-13-01"}},
        {"term": {"from": "2026-02-01", "to": "2026-01-01"}},
        {"term": {"from": "20260101"}},
        {"term": None},
    ],
)
def test_a_bad_seat_is_refused(board: Board, change: dict[str, Any]) -> None:
    with pytest.raises(CharterInvalid):
        draft(board, "seat", seat(board, "seat-9", "mallory") | change)


@pytest.mark.parametrize(
    ("place", "name", "more"),
    [("seat-9", "bob", {}), ("seat-9", "xia", {}), ("seat-9", "mallory", {"alternate": "sam"})],
)
def test_a_person_sits_in_one_place(board: Board, place: str, name: str, more: dict[str, str]) -> None:
    with pytest.raises(CharterInvalid):
        draft(board, "seat", seat(board, place, name, **more))


def test_unknown_kinds_and_long_titles_are_refused(board: Board) -> None:
    with pytest.raises(InvalidInput):
        draft(board, "poem", {})
    with pytest.raises(InvalidInput):
        draft(board, "policy", POLICY, title="x" * 300)
    with pytest.raises(InvalidInput):
        draft(board, "policy", POLICY, title="a\u200bb")


def test_a_charter_nobody_could_meet_is_not_proposed(board: Board) -> None:
    quorum = {"basis": "count", "value": 9, "abstentions": True, "proxies": False}
    text = draft(board, "charter", NEW_CHARTER | {"quorum": quorum})
    with pytest.raises(CharterNeverMet) as refused:
        actions.law_propose(actor=writer(board), text=text)
    assert "4 eligible seats, quorum needs 9" in refused.value.text
    text.refresh_from_db()
    assert text.status == "draft"


def test_a_policy_nobody_could_meet_is_not_proposed(board: Board) -> None:
    needs = [{"kind": "function", "function": "privacy", "of": "approvals", "min": 1}]
    text = draft(board, "policy", {"id": "p", "match": {"actions": ["read"]}, "set": {"composition": needs}})
    with pytest.raises(CharterNeverMet):
        actions.law_propose(actor=writer(board), text=text)


def test_what_is_proposed_is_frozen(board: Board) -> None:
    text = proposed(board, "policy", POLICY)
    with pytest.raises(LawNotDraft):
        actions.law_edit(actor=writer(board), text=text, document=POLICY)
    with pytest.raises(WrongTransition):
        actions.law_propose(actor=writer(board), text=text)
    case = raise_case(board, text)
    with pytest.raises(LawInCase):
        actions.law_drop(actor=writer(board), text=text)
    actions.case_withdraw(actor=board.secretary, case=case)
    assert actions.law_drop(actor=writer(board), text=text).status == "dropped"
    with pytest.raises(WrongTransition):
        actions.law_drop(actor=writer(board), text=text)


def test_a_draft_cannot_be_put_to_the_vote_nor_the_same_text_again(board: Board) -> None:
    with pytest.raises(SubjectNotReady):
        raise_case(board, draft(board, "policy", POLICY))
    same = draft(board, "access_rule", {"action": "read", "min_level": 3})
    with pytest.raises(LawUnchanged):
        actions.law_propose(actor=writer(board), text=same)


@pytest.mark.parametrize("name", ["secretary", "clock"])
def test_nobody_adopts_without_a_live_permit(board: Board, name: str) -> None:
    text = proposed(board, "charter", NEW_CHARTER)
    user = clock_user() if name == "clock" else writer(board)
    user.is_superuser = True
    user.save()
    with pytest.raises(PermitRefused):
        actions.law_adopt(actor=user, text=text)
    raise_case(board, text)
    with pytest.raises(PermitRefused):
        actions.law_adopt(actor=user, text=text)
    assert tallying.charter_in_force(board.committee).version == "charter-2026-1"
    assert refusals("law.adopt") == ["permit_missing"] * 2
    clock_law.law_sweep()
    assert tallying.charter_in_force(board.committee).version == "charter-2026-1"


def test_a_text_changed_behind_its_back_is_not_adopted(board: Board) -> None:
    text = proposed(board, "policy", POLICY)
    decide(board, text)
    LawText.objects.filter(pk=text.pk).update(digest="sha256:" + "0" * 64)
    text.refresh_from_db()
    with pytest.raises(PermitRefused):
        actions.law_adopt(actor=writer(board), text=text)


def test_a_new_charter_closes_every_case_that_runs(board: Board, case: Case) -> None:
    text = in_force(board, "charter", NEW_CHARTER)
    case.refresh_from_db()
    assert (case.state, case.outcome, case.tally["reasons"]) == ("closed", "superseded", ["policy_stale"])
    event = json.loads(case.events.get(type="policy_changed").data)
    assert event["version"] == "charter-2027-1"
    former = LawText.objects.get(kind="charter", number=1)
    assert (former.status, tallying.charter_in_force(board.committee).uid) == ("superseded", text.uid)
    assert Notice.objects.filter(code="law_in_force", recipient=board.people.bob).exists()
    with pytest.raises(WrongTransition):
        actions.law_drop(actor=writer(board), text=text)
    assert actions.law_adopt(actor=writer(board), text=text).status == "in_force"  # twice is once
    assert LedgerEntry.objects.filter(type="law.adopted", accepted=True).count() == 1


def test_a_policy_closes_only_the_cases_it_concerns(board: Board, case: Case, things: Any) -> None:
    things.digests["other"], things.level = "sha256:" + "c" * 64, 1
    low = board.open("other")
    text = in_force(board, "policy", POLICY)
    for row in (case, low):
        row.refresh_from_db()
    assert (case.outcome, low.outcome) == ("superseded", "")
    assert json.loads(case.events.get(type="policy_changed").data)["version"] == "sensitive:1"
    assert tallying.body_frame(board.committee)["policies"][0] == text.data
    repeal = in_force(board, "policy", {"id": "sensitive"}, repeals=True)
    assert (repeal.repeals, repeal.number) == (True, 2)
    assert [p["id"] for p in tallying.body_frame(board.committee)["policies"]] == ["train"]
    low.refresh_from_db()
    assert low.outcome == ""
    view = selectors.committee_view(board.committee)
    assert [item.policy.code for item in view.policies] == ["train"]


def test_a_case_framed_while_law_changed_is_found_by_the_sweep(board: Board, case: Case) -> None:
    document = json.loads(case.frame)
    in_force(board, "policy", POLICY | {"match": {"min_level": 5}})
    case.refresh_from_db()
    assert case.outcome == ""
    document["charter"]["version"] = "charter-other"
    Case.objects.filter(pk=case.pk).update(frame=json.dumps(document))
    assert actions.law_cases_tell(committee=board.committee) == 1
    assert actions.law_cases_tell(committee=board.committee) == 0


def test_a_case_that_cannot_be_read_keeps_the_law_from_nobody(board: Board, case: Case) -> None:
    Case.objects.filter(pk=case.pk).update(frame=case.frame.replace('"seats"', '"stools"'))
    in_force(board, "charter", NEW_CHARTER)
    assert AgendaItem.objects.filter(code="law_not_told", subject_id=case.uid).exists()


def test_an_access_rule_comes_into_force(board: Board) -> None:
    in_force(board, "access_rule", ACCESS)
    assert AccessRule.objects.get(action="read").min_level == 4
    entry = ledger.data_of(LedgerEntry.objects.get(type="access_rule.set"))
    assert (entry["before"], entry["after"]) == (3, 4)


def test_the_person_proposed_for_a_seat_does_not_vote_about_it(board: Board) -> None:
    text = proposed(board, "seat", seat(board, "seat-3", "sam", functions=["security"], role="deputy"))
    case = raise_case(board, text)
    assert json.loads(case.frame)["case"]["beneficiaries"] == [board.sam.uid]
    assert case.level == 2


def test_a_seat_changes_hands_and_running_cases_hear_of_it(board: Board, case: Case) -> None:
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    running = board.open(purpose="ranking")
    text = in_force(board, "seat", seat(board, "seat-3", "mallory", functions=["security"]))
    old, new = Seat.objects.get(code="seat-3"), Seat.objects.get(code="seat-3.2")
    assert (old.ended_why, new.member, new.place) == ("replaced", board.people.mallory, "seat-3")
    for row in (running, done):
        kinds = list(row.events.order_by("seq").values_list("type", flat=True))
        assert kinds[-2:] == ["seat_added", "seat_ended"]
    cast = actions.ballot_cast(
        actor=board.people.mallory, case=running, choice="approve", seat="seat-3.2", rationale="Fine."
    )
    assert cast.tally["counts"]["quorum_have"] == 1
    assert holding(board.committee, "seat", "seat-3") == text
    assert ledger.verify().faults == ()


def test_a_renewal_goes_on_with_the_same_seat_and_tells_nobody(board: Board, case: Case) -> None:
    term = {"from": "2026-01-05", "to": "2028-12-31"}
    in_force(board, "seat", seat(board, "seat-3", "sam", functions=["security", "privacy"], term=term))
    row = Seat.objects.get(place="seat-3")
    assert (row.code, row.functions, str(row.term_to)) == ("seat-3", ["privacy", "security"], "2028-12-31")
    assert not case.events.filter(type__in=("seat_added", "seat_ended")).exists()
    assert ledger.verify().faults == ()


def test_promotion_of_an_alternate_waits_for_the_open_cases(board: Board, case: Case) -> None:
    alone = seat(board, "seat-4", "erin", functions=["data-owner"])
    in_force(board, "seat", alone)  # xia is alternate no more, but the case still counts her
    text = proposed(board, "seat", seat(board, "seat-9", "xia"))
    decide(board, text)
    with pytest.raises(LawWaiting) as refused:
        actions.law_adopt(actor=clock_user(), text=text)
    assert case.number in refused.value.text
    assert clock_law.law_sweep() == 0
    assert selectors.law_view(text).wait.cases == (case.number,)
    actions.case_withdraw(actor=board.people.dave, case=case)
    assert clock_law.law_sweep() == 1
    assert Seat.objects.get(code="seat-9").member == board.xia


def test_a_seat_waits_for_its_term_to_begin(board: Board, clock: Clock) -> None:
    text = proposed(board, "seat", seat(board, "seat-9", "mallory", term={"from": "2026-12-15", "to": None}))
    decide(board, text)
    assert clock_law.law_sweep() == 0
    clock.forward(days=30)
    assert clock_law.law_sweep() == 1
    assert Seat.objects.get(code="seat-9").member == board.people.mallory


def test_a_committee_is_never_left_without_a_chair(board: Board) -> None:
    for document, repeals in ((seat(board, "seat-1", "carol"), False), ({"place": "seat-1"}, True)):
        text = draft(board, "seat", document, repeals=repeals)
        with pytest.raises(NoChairLeft):
            actions.law_propose(actor=writer(board), text=text)
        actions.law_drop(actor=writer(board), text=text)
    second = proposed(board, "seat", seat(board, "seat-2", "bob", role="chair", functions=["legal"]))
    first = draft(board, "seat", seat(board, "seat-1", "carol"))
    decide(board, second)
    clock_law.law_sweep()
    assert actions.law_propose(actor=writer(board), text=first).status == "proposed"
    decide(board, first)
    back = proposed(board, "seat", seat(board, "seat-2", "bob", functions=["legal"]))
    decide(board, back)
    clock_law.law_sweep()  # of the two only the one that leaves a chair
    assert Seat.objects.in_office().filter(role="chair").count() == 1
    assert refusals("law.adopt")[-1] == "no_chair_left"
    told = LedgerEntry.objects.count()
    for _minute in range(3):
        assert clock_law.law_sweep() == 0
    assert LedgerEntry.objects.count() == told  # refused once, not at every tick


def test_cases_are_tried_before_the_transaction_which_refuses_what_changed_meanwhile(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, outside, lint_of = (
        draft(board, "charter", NEW_CHARTER),
        len(connection.savepoint_ids),
        linting.lint_of,
    )

    def edited_meanwhile(checked: LawText) -> linting.Lint:
        assert len(connection.savepoint_ids) == outside, "computed while others wait for the write"
        found = lint_of(checked)
        actions.law_edit(actor=writer(board), text=text, document=NEW_CHARTER | {"version": "charter-2027-2"})
        return found

    with monkeypatch.context() as patched:
        patched.setattr(linting, "lint_of", edited_meanwhile)
        with pytest.raises(Conflict):
            actions.law_propose(actor=writer(board), text=text)
    assert refusals("law.propose") == ["conflict"]
    text.refresh_from_db()
    assert (text.status, text.data["version"]) == ("draft", "charter-2027-2")
    assert actions.law_propose(actor=writer(board), text=text).status == "proposed"


def test_a_place_is_given_up(board: Board, case: Case) -> None:
    in_force(board, "seat", {"place": "seat-4"}, repeals=True)
    row = Seat.objects.get(code="seat-4")
    assert row.ended_why == "given_up"
    assert case.events.filter(type="seat_ended").exists()
    assert ledger.verify().faults == ()


FURTHER = {
    "code": "risk-board",
    "name": "Risk board",
    "name_zh": "风险委员会",
    "calendar": company.calendar(),
    "charter": charter(
        version="risk-1", quorum={"basis": "count", "value": 1} | {"abstentions": True, "proxies": False}
    ),
}


def founding(board: Board, **changes: Any) -> dict[str, Any]:
    seats = [seat(board, "r-1", "mallory", role="chair"), seat(board, "r-2", "carol")]
    return FURTHER | {"secretary": "secretary", "seats": seats} | changes


def test_a_further_committee_is_founded_by_decision(board: Board) -> None:
    text = in_force(board, "committee_founding", founding(board))
    body = Committee.objects.get(code="risk-board")
    assert [s.code for s in body.seats.all()] == ["r-1", "r-2"]
    assert tallying.charter_in_force(body).version == "risk-1"
    assert selectors.committee() == board.committee
    own = proposed(board, "policy", {"id": "own", "match": {}, "set": {"sealed": True}}, committee=body)
    decide(board, own)
    clock_law.law_sweep()
    assert [p["id"] for p in tallying.body_frame(body)["policies"]] == ["own"]
    assert [p["id"] for p in tallying.body_frame(board.committee)["policies"]] == ["train"]
    assert selectors.takes_cases(body)
    assert ledger.verify().faults == ()
    revoke(board, text)
    assert not selectors.takes_cases(body)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "board"},
        {"seats": []},
        {"charter": {}},
        {"secretary": "nobody"},
        {"calendar": {"timezone": "X/Y"}},
    ],
)
def test_a_further_committee_nobody_could_run_is_refused(board: Board, change: dict[str, Any]) -> None:
    with pytest.raises(CharterInvalid):
        draft(board, "committee_founding", founding(board, **change))
    assert (Committee.objects.count(), LawText.objects.filter(kind="committee_founding").count()) == (1, 0)


def test_revocation_brings_the_former_text_back(board: Board, things: Any) -> None:
    first = LawText.objects.get(kind="charter", number=1)
    text = in_force(board, "charter", NEW_CHARTER)
    running = board.open()
    revoke(board, text)
    for row in (first, text, running):
        row.refresh_from_db()
    assert (first.status, text.status, running.outcome) == ("in_force", "superseded", "superseded")
    assert AgendaItem.objects.filter(code="law_taken_back").exists()
    assert LedgerEntry.objects.filter(type="law.restored", subject_id=first.uid).exists()
    assert clock_law.law_sweep() == 0
    assert ledger.verify().faults == ()


def test_revocation_of_a_policy_an_access_rule_and_a_seat(board: Board) -> None:
    policy = in_force(board, "policy", POLICY)
    access = in_force(board, "access_rule", ACCESS)
    place = in_force(board, "seat", seat(board, "seat-3", "mallory", functions=["security"]))
    for text in (policy, access, place):
        revoke(board, text)
    assert not Policy.objects.filter(code="sensitive", status="in_force").exists()
    assert AccessRule.objects.get(action="read").min_level == 3
    row = Seat.objects.in_office().get(place="seat-3")
    assert (row.code, row.member) == ("seat-3.3", board.sam)
    assert ledger.verify().faults == ()


def test_a_former_holder_who_has_left_does_not_come_back(board: Board) -> None:
    place = in_force(board, "seat", seat(board, "seat-3", "mallory", functions=["security"]))
    board.sam.is_active = False
    board.sam.save()
    revoke(board, place)
    assert not Seat.objects.in_office().filter(place="seat-3").exists()
    assert AgendaItem.objects.filter(code="place_vacant").exists()


def test_an_earlier_text_whose_permit_was_revoked_is_passed_over(board: Board) -> None:
    second = in_force(board, "access_rule", ACCESS)
    third = in_force(board, "access_rule", {"action": "read", "min_level": 5})
    revoke(board, second)
    assert AccessRule.objects.get(action="read").min_level == 5
    revoke(board, third)
    assert AccessRule.objects.get(action="read").min_level == 3


def test_what_expires_stays_in_force(board: Board, clock: Clock) -> None:
    text = in_force(board, "access_rule", ACCESS)
    clock.forward(days=400)
    clock_law.law_sweep()
    text.refresh_from_db()
    assert text.status == "in_force"


def test_only_the_clock_takes_back_and_only_with_cause(board: Board) -> None:
    text = in_force(board, "access_rule", ACCESS)
    assert actions.law_take_back(actor=clock_user(), text=text) is False
    with pytest.raises(NotPermitted):
        actions.law_take_back(actor=writer(board), text=text)


TAMPERING = {
    "document": lambda: LawText.objects.filter(kind="policy", number=1, code="sensitive").update(
        document="{}"
    ),
    "status": lambda: LawText.objects.filter(kind="policy", code="sensitive").update(status="superseded"),
    "title": lambda: LawText.objects.filter(code="sensitive").update(title="Harmless"),
    "permit": lambda: LawText.objects.filter(code="sensitive").update(adopted_by="x"),
    "access rule": lambda: AccessRule.objects.filter(action="read").update(min_level=5),
    "access rule gone": lambda: AccessRule.objects.filter(action="export").delete()[0],
    "access rule new": lambda: AccessRule.objects.filter(action="export").update(action="fly"),
    "former seat": lambda: Seat.objects.filter(code="seat-3").update(ended_at=None),
    "seat ended": lambda: Seat.objects.filter(code="seat-2").update(ended_at="2026-11-23T00:00:00Z"),
    "seat function": lambda: Seat.objects.filter(code="seat-2").update(functions=["security"]),
    "draft seat": lambda: Seat.objects.filter(code="seat-4").update(place="seat-8", code="seat-8"),
    "text gone": lambda: LawText.objects.filter(kind="policy", code="sensitive").delete()[0],
}


@pytest.mark.parametrize("change", list(TAMPERING))
def test_the_verifier_finds_law_changed_behind_its_back(board: Board, change: str) -> None:
    in_force(board, "policy", POLICY)
    in_force(board, "access_rule", ACCESS)
    in_force(board, "seat", seat(board, "seat-3", "mallory", functions=["security"]))
    assert ledger.verify().faults == ()
    assert TAMPERING[change]() == 1
    assert ledger.verify().faults


def test_the_evidence_says_what_changes_and_what_past_cases_would_do(board: Board, case: Case) -> None:
    board.vote(case, carol="approve", sam="approve", erin="approve")
    needs = [{"kind": "function", "function": "legal", "of": "approvals", "min": 1}]
    text = proposed(board, "charter", NEW_CHARTER | {"composition": needs, "early_close": "never"})
    law_case = raise_case(board, text)
    items = {item["key"]: item for item in json.loads(bytes(law_case.dossier.content))["items"]}
    assert {"text", "change", "lint", "rehearsal"} <= set(items)
    assert items["rehearsal"]["data"]["differences"][0]["case"] == case.number
    assert items["rehearsal"]["data"]["differences"][0]["after_zh"] == "逾期未决"
    assert "1 legal seat must approve." in items["text"]["data"]["en"]
    assert items["change"]["data"]["comes_zh"]
    assert law_case.level == 3


def test_a_rehearsal_of_the_same_rules_changes_no_outcome(board: Board, case: Case) -> None:
    board.vote(case, carol="approve", sam="approve", erin="approve")
    found = selectors.law_rehearsal(draft(board, "charter", charter(version="charter-2027-9")))
    assert (found.replayed, found.differences) == (1, ())


def test_law_carried_over_from_an_older_founding_holds(
    db: None, clock: Clock, things: Things, no_broker: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before law was texts, a founding sealed charter, policies, seats and levels in words of its own."""
    append = founding_service.ledger.append

    def as_before(*, type: str, data: dict[str, Any], **more: Any) -> Any:
        if type == "committee.founded":
            texts = LawText.objects.order_by("pk")
            data = {
                "charter": texts.get(kind="charter").digest,
                "policies": [text.digest for text in texts.filter(kind="policy")],
                "seats": [f"{seat.code} user:{seat.member.uid}" for seat in Seat.objects.order_by("pk")],
                "access": data["access"],
            }
        return append(type=type, data=data, **more)

    monkeypatch.setattr(founding_service.ledger, "append", as_before)
    make_board()
    assert ledger.verify().faults == ()
    LawText.objects.filter(kind="access_rule", code="read").update(
        document='{"action":"read","min_level":5}', digest=digest_of({"action": "read", "min_level": 5})
    )
    assert ledger.verify().faults
