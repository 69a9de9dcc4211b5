"""Hundreds of members and several processes at once: one decision, each ballot once, no lock errors."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from committee import actions
from committee.models import Case
from governance import ledger
from governance.models import Decision, LedgerEntry, OutboxDelivery, Permit
from tests.committee.conftest import Clock, Things
from tests.committee.crowd import Act, Crowd, in_processes, make_crowd
from tests.committee.test_races import shared  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = 200
PROCESSES = 4


def ballot(crowd: Crowd, case: Case, number: int) -> Act:
    choice = "reject" if number % 3 == 2 else "approve"
    member = crowd.members[number]
    return partial(actions.ballot_cast, actor=member, case=case, choice=choice, rationale="As I read it.")


def dealt(acts: list[Act]) -> list[list[Act]]:
    """To the processes in turn."""
    return [acts[place::PROCESSES] for place in range(PROCESSES)]


@pytest.mark.usefixtures("shared", "no_broker")
def test_two_hundred_vote_at_once_and_one_decision_comes_of_it(clock: Clock, things: Things) -> None:
    crowd = make_crowd(MEMBERS)
    case = crowd.open()
    came = in_processes(dealt([ballot(crowd, case, number) for number in range(MEMBERS)]))
    assert Counter(one.code for part in came for one in part) == {"done": MEMBERS}

    case.refresh_from_db()
    assert (case.state, case.outcome, case.resolution_number) == ("closed", "approved", 1)
    events = list(case.events.values_list("seq", "type", "by_id"))
    assert [seq for seq, _, _ in events] == list(range(MEMBERS + 1))
    assert Counter(by for _, kind, by in events if kind == "ballot") == {m.pk: 1 for m in crowd.members}
    assert (case.tally["counts"]["approve"], case.tally["counts"]["reject"]) == (134, 66)
    assert (Decision.objects.count(), Permit.objects.count()) == (1, 1)
    assert OutboxDelivery.objects.filter(event="case.closed").count() == 1
    assert LedgerEntry.objects.filter(type="case.ballot", accepted=True).count() == MEMBERS
    assert ledger.verify().ok


@pytest.mark.usefixtures("shared", "no_broker")
def test_processes_that_meet_at_the_deadline_close_once(clock: Clock, things: Things) -> None:
    crowd = make_crowd(12)
    case = crowd.open()
    for number in range(11):
        ballot(crowd, case, number)()
    clock.forward(days=30)
    settle = partial(actions.case_settle, case=case)
    came = in_processes([[settle], [settle, settle], [ballot(crowd, case, 11)], [settle]])
    codes = Counter(one.code for part in came for one in part)
    assert codes == {"done": 4, "case_closed": 1}
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "expired")  # everybody had to be present
    assert LedgerEntry.objects.filter(type="case.settled").count() == 1
    assert OutboxDelivery.objects.filter(event="case.closed").count() == 1
    assert ledger.verify().ok


@pytest.mark.usefixtures("shared", "no_broker")
def test_the_same_ballot_from_every_process_is_taken_each_time_and_counted_once(
    clock: Clock, things: Things
) -> None:
    crowd = make_crowd(4)
    case = crowd.open()
    came = in_processes([[ballot(crowd, case, 0)]] * PROCESSES)
    assert {one.code for part in came for one in part} == {"done"}
    case.refresh_from_db()
    assert (case.events.count(), case.tally["counts"]["approve"]) == (1 + PROCESSES, 1)
    assert ledger.verify().ok
