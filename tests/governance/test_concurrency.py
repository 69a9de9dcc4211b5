"""Many at once: one unbroken chain, one claimant, one budget."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections, connection, connections, transaction

from governance import actions, ledger, permits
from governance.exceptions import PermitBudgetSpent
from governance.models import Department, LedgerEntry, PermitUse, User
from governance.services import people as services
from governance.subject_ref import SubjectRef
from tests.governance.conftest import TERMS, issue, use_of
from tests.people import make_people


@pytest.fixture(autouse=True)
def shared_database(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """On SQLite tests run in memory, where threads lock each other out: give them a file, as in earnest.

    The test's own thread keeps the memory, so whatever a test writes or reads goes through `at_once`.
    """
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    with closing(sqlite3.connect(tmp_path / "shared.sqlite3")) as file:
        connection.connection.backup(file)
    entry = connections.settings["default"]
    memory, entry["NAME"] = entry["NAME"], str(tmp_path / "shared.sqlite3")
    yield
    entry["NAME"] = memory


ABOUT = SubjectRef("test", "t" * 32)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` in so many threads, each, each with its own connection; return what each gave or raised."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def body(number: int) -> None:
        close_old_connections()
        start.wait()
        try:
            results[number] = work(number)
        except Exception as error:  # noqa: BLE001 - what was raised is the result
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=body, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def append_ten(number: int) -> int:
    for step in range(10):
        with transaction.atomic():
            ledger.append(type="test.note", actor=None, subject=ABOUT, data={"by": number, "step": step})
    return 10


def alone(work: Callable[[], Any]) -> Any:
    (result,) = at_once(1, lambda _number: work())
    return result


def test_appending_at_once_gives_one_unbroken_chain() -> None:
    assert at_once(4, append_ten) == [10] * 4
    numbers = alone(lambda: list(LedgerEntry.objects.order_by("seq").values_list("seq", flat=True)))
    assert numbers == list(range(1, 41))
    assert alone(ledger.verify).ok


def test_verifying_while_others_write_finds_no_fault() -> None:
    alone(lambda: append_ten(0))

    def work(number: int) -> Any:
        return append_ten(number) if number else [ledger.verify().faults for _ in range(8)]

    results = at_once(3, work)
    assert results[0] == [()] * 8
    assert results[1:] == [10, 10]


def test_a_budget_of_one_run_is_taken_by_one() -> None:
    people = alone(make_people)
    given = alone(lambda: issue(holder=f"user:{people.dave.uid}", terms=TERMS | {"runs": 1}))

    def reserve(number: int) -> bool:
        with transaction.atomic():
            permits.reserve(use_of(people.dave), permit_uid=given.uid, job_id=f"job-{number}")
        return True

    results = at_once(4, reserve)
    assert results.count(True) == 1
    assert sum(isinstance(result, PermitBudgetSpent) for result in results) == 3
    assert alone(PermitUse.objects.filter(kind="reserved").count) == 1


def test_of_two_who_move_at_once_one_is_refused() -> None:
    codes = ("a", "b")

    def prepare(_number: int) -> None:
        carol = services.user_create(actor=None, username="carol", name="Carol")
        team = services.team_create(actor=None, code="gov", name="Gov", function="governance")
        services.membership_start(actor=None, team=team, user=carol)
        for code in codes:
            services.department_create(actor=None, code=code, name=code)

    def move(number: int) -> bool:
        row = Department.objects.get(code=codes[number])
        above = Department.objects.get(code=codes[1 - number])
        carol = User.objects.get(username="carol")
        return actions.department_change(actor=carol, department=row, name=row.name, parent=above)

    at_once(1, prepare)
    results = at_once(2, move)
    assert sorted(type(result).__name__ for result in results) == ["DepartmentCycle", "bool"]
    (parents,) = at_once(1, lambda _n: dict(Department.objects.values_list("code", "parent__code")))
    assert sum(above is None for above in parents.values()) == 1
