"""Reminders: each once, to exactly those whose act is missing, on the right day; and nags about sleepers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from committee import actions
from committee.choices import CaseState
from committee.clock import cases_tick, reminders_tick
from committee.models import Case, Reminder
from committee.subjects import reminders as registered
from governance.models import Notice, Permit
from governance.notices import WORDS, words_of
from governance.services import people
from tests.committee.conftest import START, Board, Clock, Things

# START is Monday 23 November 2026, 09:00 in Shanghai; the charter gives five working days: until Monday 30.


def told(code: str) -> list[str]:
    return sorted(n.recipient.username for n in Notice.objects.filter(code=code).select_related("recipient"))


def at(clock: Clock, day: str, hour: int = 9) -> None:
    local = dt.datetime.fromisoformat(f"{day}T{hour:02d}:00:00+08:00")
    clock.now = local.astimezone(dt.UTC)


def test_the_days_of_a_case(board: Board, case: Case) -> None:
    from committee.services.reminders import voting_of

    voting = voting_of(case)
    assert voting is not None
    assert [str(day) for day in (voting.opened, voting.half, voting.before_last, voting.last)] == [
        "2026-11-23", "2026-11-26", "2026-11-27", "2026-11-30",
    ]  # fmt: skip


def test_at_half_of_the_days_those_are_reminded_who_have_not_voted(
    board: Board, case: Case, clock: Clock
) -> None:
    board.vote(case, carol="approve")
    assert reminders_tick() == 0
    at(clock, "2026-11-26", 7)
    assert reminders_tick() == 0
    at(clock, "2026-11-26", 8)
    assert (reminders_tick(), reminders_tick()) == (3, 0)
    assert told("case_reminder_half") == ["bob", "erin", "sam"]
    (reminder,) = Reminder.objects.all()
    assert reminder.code == "half"


def test_a_missed_half_day_is_made_up_for_but_not_on_the_last_day(
    board: Board, case: Case, clock: Clock
) -> None:
    at(clock, "2026-11-30")
    reminders_tick()
    assert told("case_reminder_half") == []
    assert told("case_reminder_last_day") == ["bob", "carol", "erin", "sam"]


def test_on_the_last_day_stand_ins_and_secretary_hear_of_the_silence(
    board: Board, case: Case, clock: Clock
) -> None:
    board.vote(case, carol="approve", bob="abstain")
    at(clock, "2026-11-30")
    reminders_tick()
    reminders_tick()
    assert told("case_reminder_last_day") == ["erin", "sam"]
    assert told("case_reminder_stand_in") == ["xia"]  # erin's alternate
    assert told("case_reminder_silence") == ["secretary"]
    assert Notice.objects.get(code="case_reminder_silence").params["count"] == 2


def test_a_delegate_is_told_on_the_last_day(board: Board, clock: Clock) -> None:
    from committee.models import Delegation

    seats = {seat.code: seat for seat in board.committee.seats.all()}
    Delegation.objects.create(
        committee=board.committee,
        principal=seats["seat-3"],
        delegate=seats["seat-2"],
        first=dt.date(2026, 11, 1),
        last=dt.date(2026, 12, 31),
        declared_by=board.sam,
    )
    case = board.vote(board.open(), carol="abstain", bob="abstain", erin="abstain")
    assert case.state == CaseState.OPEN
    at(clock, "2026-11-30")
    reminders_tick()
    assert told("case_reminder_stand_in") == ["bob"]


def test_who_may_not_vote_is_not_reminded(board: Board, case: Case, clock: Clock) -> None:
    actions.conflict_declare(actor=board.people.erin, case=case, member=board.people.erin, reason="My data.")
    board.vote(case, bob="recuse")
    at(clock, "2026-11-30")
    reminders_tick()
    assert told("case_reminder_last_day") == ["carol", "sam", "xia"]


def test_the_presiding_member_hears_of_a_missing_quorum_the_day_before(
    board: Board, case: Case, clock: Clock
) -> None:
    board.vote(case, sam="approve")
    at(clock, "2026-11-27")
    reminders_tick()
    reminders_tick()
    assert told("case_reminder_quorum") == ["carol"]
    notice = Notice.objects.get(code="case_reminder_quorum")
    assert (notice.params["have"], notice.params["last"]) == (1, "2026-11-30")


def test_a_case_with_its_quorum_needs_no_word(board: Board, case: Case, clock: Clock) -> None:
    board.vote(case, carol="approve", sam="reject", bob="abstain")
    at(clock, "2026-11-30")
    reminders_tick()
    assert told("case_reminder_quorum") == []


def test_a_clock_moved_back_sends_nothing_again(board: Board, case: Case, clock: Clock) -> None:
    at(clock, "2026-11-30")
    reminders_tick()
    sent = Notice.objects.count()
    clock.now = START
    assert reminders_tick() == 0
    at(clock, "2026-11-30", 10)
    assert reminders_tick() == 0
    assert Notice.objects.count() == sent


def test_a_pause_moves_the_last_day_and_its_reminder(board: Board, case: Case, clock: Clock) -> None:
    actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")
    at(clock, "2026-11-30")
    assert reminders_tick() == 0
    actions.case_resume(actor=board.people.dave, case=case)
    case.refresh_from_db()
    assert case.closes_at == dt.datetime(2026, 12, 7, 16, tzinfo=dt.UTC)
    at(clock, "2026-12-07")
    reminders_tick()
    assert "sam" in told("case_reminder_last_day")


def test_a_closed_case_reminds_nobody(board: Board, case: Case, clock: Clock) -> None:
    board.vote(case, carol="approve", sam="approve", erin="approve")
    at(clock, "2026-11-30")
    assert reminders_tick() == 0


def approved(board: Board, clock: Clock, due: str = "2026-12-10") -> Case:
    """A case approved with one condition of alice's."""
    asked = {
        "id": "mask",
        "owner": board.people.alice.uid,
        "due": due,
        "when": "by_due",
        "evidence": "PII-03",
    }
    case = board.open()
    actions.ballot_cast(actor=board.people.carol, case=case, choice="approve", conditions=[asked])
    return board.vote(case, sam="approve", erin="approve")


def test_a_condition_is_recalled_three_working_days_before_and_on_the_day(board: Board, clock: Clock) -> None:
    case = approved(board, clock)
    assert case.outcome == "approved_with_conditions"
    at(clock, "2026-12-07", 7)
    assert reminders_tick() == 0
    at(clock, "2026-12-07")
    assert (reminders_tick(), reminders_tick()) == (2, 0)
    assert told("condition_due_soon") == ["alice", "carol"]
    at(clock, "2026-12-10")
    assert (reminders_tick(), reminders_tick()) == (2, 0)
    assert told("condition_due_today") == ["alice", "carol"]


def test_a_condition_met_is_not_recalled(board: Board, clock: Clock) -> None:
    case = approved(board, clock)
    actions.condition_confirm(actor=board.secretary, case=case, condition="mask", evidence="Run 12")
    at(clock, "2026-12-10")
    assert reminders_tick() == 0


def test_a_lapsed_permit_reminds_nobody(board: Board, clock: Clock) -> None:
    approved(board, clock)
    at(clock, "2026-12-12")
    assert reminders_tick() == 0


def test_holders_are_told_thirty_and_seven_days_before_a_permit_ends(
    board: Board, case: Case, clock: Clock
) -> None:
    board.vote(case, carol="approve", sam="approve", erin="approve")
    people.membership_start(actor=None, team=board.engineering, user=board.people.mallory)
    permit = Permit.objects.get(case_id=case.number)
    clock.now = permit.valid_until - dt.timedelta(days=31)
    assert reminders_tick() == 0
    clock.forward(days=2)
    assert (reminders_tick(), reminders_tick()) == (2, 0)
    clock.forward(days=23)
    assert (reminders_tick(), reminders_tick()) == (2, 0)
    assert told("permit_ends") == ["dave", "dave", "mallory", "mallory"]
    notice = Notice.objects.filter(code="permit_ends")[0]
    assert (notice.subject_kind, notice.subject_id) == ("permit", permit.uid)


def test_a_revoked_permit_ends_without_a_word(board: Board, case: Case, clock: Clock) -> None:
    done = board.vote(case, carol="approve", sam="approve", erin="approve")
    actions.permit_revoke(actor=board.people.carol, case=done, reason="Licence ended")
    clock.now = Permit.objects.get(case_id=case.number).valid_until - dt.timedelta(days=6)
    assert reminders_tick() == 0


def test_a_returned_case_nags_its_requester_every_six_working_days(
    board: Board, case: Case, clock: Clock
) -> None:
    actions.case_return(actor=board.people.carol, case=case, reason="Which columns?")
    at(clock, "2026-11-30")
    assert reminders_tick() == 0  # five working days: not yet asleep
    at(clock, "2026-12-01")
    assert (reminders_tick(), reminders_tick()) == (1, 0)
    at(clock, "2026-12-08")
    assert reminders_tick() == 0
    at(clock, "2026-12-09")
    assert (reminders_tick(), reminders_tick()) == (1, 0)
    assert told("case_asleep_returned") == ["dave", "dave"]


def test_drafts_nag_their_requester_and_deferred_cases_who_presides(
    board: Board, things: Things, clock: Clock
) -> None:
    draft, deferred = board.open("thing"), None
    Case.objects.filter(pk=draft.pk).update(state=CaseState.DRAFT)
    things.digests["other"] = things.digests["thing"]
    deferred = board.open("other")
    Case.objects.filter(pk=deferred.pk).update(state=CaseState.DEFERRED, closes_at=None)
    at(clock, "2026-12-02")
    reminders_tick()
    assert (told("case_asleep_draft"), told("case_asleep_deferred")) == (["dave"], ["carol"])


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reminder_has_its_words(board: Board, case: Case, clock: Clock, language: str) -> None:
    from django.utils import translation

    assert registered
    codes = [code for code in WORDS if code.startswith(("case_reminder", "condition_due", "case_asleep"))]
    assert len(codes) == 10
    at(clock, "2026-11-30")
    reminders_tick()
    with translation.override(language):
        worded: list[Any] = [words_of(notice) for notice in Notice.objects.all()]
    assert all(case.number in text for text in worded)
    assert any("最后一天" in text for text in worded) is (language == "zh-hans")


def test_the_tick_of_the_cases_goes_on_after_it(board: Board, case: Case, clock: Clock) -> None:
    at(clock, "2026-12-01")
    reminders_tick()
    assert cases_tick() == 1
    assert reminders_tick() == 0
