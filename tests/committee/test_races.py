"""Any number of voters and ticks at once give one decision, one permit, one number."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from committee import actions
from committee.exceptions import CommitteeExists
from committee.models import Case, Committee
from governance import ledger
from governance.exceptions import DomainError
from governance.models import Decision, Permit
from tests.committee.conftest import OTHER, Board, Clock, Things, make_board
from tests.committee.test_founding import plan
from tests.people import make_people

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts in threads of their own that start together; what each came to."""
    gate, found = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int) -> None:
        try:
            gate.wait()
            acts[place]()
            found[place] = "done"
        except DomainError as error:
            found[place] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def shared(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """A database that threads share as processes do: SQLite in memory locks whole tables, so a file it is."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    name, memory = connection.settings_dict["NAME"], connection.connection
    with contextlib.closing(sqlite3.connect(tmp_path / "races.sqlite3")) as file:
        memory.backup(file)
    connection.connection = None
    connection.settings_dict["NAME"] = str(tmp_path / "races.sqlite3")
    yield
    connection.close()
    connection.settings_dict["NAME"], connection.connection = name, memory


@pytest.fixture
def board(shared: None, clock: Clock, things: Things, no_broker: None) -> Board:
    return make_board()


def ballot(board: Board, case: Case, name: str) -> Callable[[], Case]:
    return lambda: actions.ballot_cast(actor=board.person(name), case=case, choice="approve")


def test_two_deciding_ballots_at_once_give_one_decision(board: Board) -> None:
    case = board.vote(board.open(), carol="approve", sam="approve")
    came = at_once(ballot(board, case, "erin"), ballot(board, case, "erin"), ballot(board, case, "bob"))
    assert sorted(set(came)) in (["case_closed", "done"], ["done"])
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "approved")
    assert (Decision.objects.count(), Permit.objects.count()) == (1, 1)
    assert ledger.verify().ok


def test_two_cases_closing_at_once_get_two_numbers(board: Board, things: Things) -> None:
    things.digests["second"] = OTHER
    cases = [board.vote(board.open(s), carol="approve", sam="approve") for s in ("thing", "second")]
    assert at_once(*(ballot(board, case, "erin") for case in cases)) == ["done", "done"]
    numbers = sorted(Decision.objects.values_list("resolution", flat=True))
    assert numbers == ["board-2026-0001", "board-2026-0002"]
    assert sorted(case.resolution_number for case in Case.objects.all()) == [1, 2]
    assert ledger.verify().ok


def test_ticks_and_a_ballot_at_the_deadline_close_once(board: Board, clock: Clock) -> None:
    case = board.vote(board.open(), carol="reject", bob="approve", sam="reject")
    clock.forward(days=8)
    came = at_once(
        lambda: actions.case_settle(case=case),
        lambda: actions.case_settle(case=case),
        ballot(board, case, "erin"),
    )
    assert came == ["done", "done", "case_closed"]
    assert Decision.objects.values_list("outcome", flat=True)[0] == "rejected"
    assert ledger.verify().ok


def test_two_cases_raised_at_once_about_one_thing_are_one(board: Board) -> None:
    assert sorted(at_once(board.open, board.open)) == ["case_exists", "done"]
    assert Case.objects.count() == 1


def test_two_foundings_at_once_found_one_committee(shared: None, clock: Clock) -> None:
    people = make_people()
    found = at_once(
        lambda: actions.committee_found(actor=people.carol, plan=plan(people)),
        lambda: actions.committee_found(actor=people.bob, plan=plan(people, code="other")),
    )
    assert sorted(found) == sorted([CommitteeExists.code, "done"])
    assert Committee.objects.count() == 1
