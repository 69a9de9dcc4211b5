"""The committee's clock over many cases: questions in bulk, no lock where nothing is to be written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import selectors as catalog
from catalog.choices import IncidentKind
from catalog.services.incidents import incident_open
from committee import actions, selectors
from committee import clock as ticks
from committee.kinds.registry import KINDS
from committee.models import Case, Reminder, Seat
from governance.models import Notice, Permit
from tests.committee.conftest import DIGEST, OTHER, Board, Clock, Things
from tests.committee.market import Market

WRITES = ("SAVEPOINT", "BEGIN", "INSERT", "UPDATE", "DELETE")
APPROVE = {"carol": "approve", "sam": "approve", "erin": "approve"}


def queries(work: Callable[[], Any]) -> list[str]:
    with CaptureQueriesContext(connection) as seen:
        work()
    return [query["sql"] for query in seen.captured_queries]


def opened(board: Board, things: Things, count: int) -> list[Case]:
    names = [f"thing-{number}" for number in range(count)]
    things.digests |= dict.fromkeys(names, DIGEST)
    return [board.open(name) for name in names]


def test_subjects_are_compared_in_bulk(board: Board, things: Things, case: Case) -> None:
    one = len(queries(selectors.cases_changed))
    others = opened(board, things, 5)
    assert len(queries(selectors.cases_changed)) == one
    things.digests["thing-3"] = OTHER
    assert selectors.cases_changed() == [others[3]]
    del things.digests["thing-3"]  # gone is not changed
    assert selectors.cases_changed() == []


def test_a_case_whose_permit_was_revoked_is_watched_no_more(board: Board, things: Things, case: Case) -> None:
    case = board.vote(case, **APPROVE)
    assert list(selectors.cases_watched()) == [case]
    actions.permit_revoke(actor=board.people.carol, case=case, reason="The licence ended.")
    assert Permit.objects.get(case_id=case.number).valid_until > timezone.now()
    assert not selectors.cases_watched().exists()


@pytest.mark.parametrize(
    "tick",
    [ticks.cases_tick, ticks.reminders_tick, ticks.seats_tick, ticks.law_sweep],
    ids=["cases", "reminders", "seats", "law"],
)
def test_a_tick_with_nothing_to_do_takes_no_lock(
    board: Board, things: Things, case: Case, clock: Clock, tick: Callable[[], int]
) -> None:
    decided = opened(board, things, 1)[0]
    board.vote(decided, **APPROVE)
    board.vote(case, carol="approve")
    for _ in range(2):
        ticks.reminders_tick()
    asked = queries(tick)
    assert asked
    assert [sql for sql in asked if sql.startswith(WRITES)] == []


def test_a_reminder_that_was_sent_takes_no_lock_again(board: Board, case: Case, clock: Clock) -> None:
    clock.forward(days=7)  # the morning of the last day: quorum and last day are due
    assert ticks.reminders_tick() > 0
    assert set(Reminder.objects.values_list("code", flat=True)) == {"quorum", "last_day"}
    told = Notice.objects.count()
    again = queries(ticks.reminders_tick)
    assert [sql for sql in again if sql.startswith(WRITES)] == []
    assert not any(sql.startswith('SELECT "committee_caseevent"') for sql in again)  # nothing is replayed
    assert Notice.objects.count() == told


def test_the_deadline_is_found_without_a_lock_and_closed_under_one(
    board: Board, case: Case, clock: Clock
) -> None:
    clock.forward(days=8)
    asked = queries(lambda: actions.case_settle(case=case))
    first = next(place for place, sql in enumerate(asked) if sql.startswith(WRITES))
    assert any("committee_caseevent" in sql for sql in asked[:first])
    case.refresh_from_db()
    assert case.state == "closed"


def ended(board: Board, code: str, at: dt.datetime) -> Seat:
    Seat.objects.filter(code=code).update(ended_at=at, ended_why="left")
    return Seat.objects.get(code=code)


def test_ended_seats_are_looked_for_in_older_cases_only_and_each_frame_is_read_once(
    board: Board, things: Things, case: Case, clock: Clock
) -> None:
    clock.forward(days=1)
    ended(board, "seat-3", clock.now)
    ended(board, "seat-4", clock.now)
    clock.forward(days=1)
    later = opened(board, things, 3)
    asked = queries(lambda: selectors.seat_endings_pending())
    assert sum('"frame"' in sql for sql in asked) == 1
    assert selectors.seat_endings_pending() == [
        (case, Seat.objects.get(code="seat-3")),
        (case, Seat.objects.get(code="seat-4")),
    ]
    assert ticks.seats_tick() == 2
    told = queries(lambda: selectors.seat_endings_pending())
    assert not any('"frame"' in sql for sql in told)  # all were told: no frame is read any more
    assert later


def test_digests_in_bulk_are_those_of_each(market: Market) -> None:
    version = market.version()
    dataset = version.dataset
    assert catalog.contract_digests([dataset.uid, "gone"]) == {dataset.uid: catalog.contract_digest(dataset)}
    train, read = KINDS["dataset_version", "train"], KINDS["dataset", "read"]
    assert train.digests_of({version.uid}) == {version.uid: version.digest}
    assert train.digest(version.uid) == version.digest
    assert read.digest(dataset.uid) == catalog.contract_digest(dataset)
    incident_open(kind=IncidentKind.BYTES_CHANGED, version=version)
    assert train.digest(version.uid) not in {"", version.digest}
    law = KINDS["standard_version", "adopt"]
    held = dataset.standard.versions.get(status="in_force")
    assert law.digests_of({held.uid, "gone"}) == {held.uid: law.digest(held.uid)}
