"""A committee of hundreds, and processes that act in it at once."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from committee import actions
from committee.models import Case, Committee
from demo import company
from governance.exceptions import DomainError
from governance.models import User
from tests.committee.conftest import TERMS, charter
from tests.people import People, make_people

Act = Callable[[], Any]


@dataclass(frozen=True)
class Crowd:
    """`members` hold the seats, the first presides; the case is raised by dave."""

    people: People
    members: list[User]
    committee: Committee

    def open(self, subject: str = "thing") -> Case:
        from governance.subject_ref import SubjectRef

        return actions.case_open(
            actor=self.people.dave,
            action="train",
            subject=SubjectRef("dataset_version", subject),
            purpose="search-relevance",
            team=self.people.teams["engineering"],
            terms=TERMS,
        )


def make_crowd(size: int, **changes: Any) -> Crowd:
    """Found a committee of `size` seats; by default nothing closes before everybody has voted."""
    people = make_people()
    members = User.objects.bulk_create(
        User(username=f"member{n}", name=f"Member {n}", name_zh=f"委员{n}") for n in range(size)
    )
    seats = [
        actions.SeatSpec(
            code=f"seat-{n:04}",
            member=member,
            role="chair" if n == 0 else "member",
            functions=("security",) if n % 3 == 0 else (),
            team=people.teams["product"],
            term_from="2026-01-05",
        )
        for n, member in enumerate(members)
    ]
    whole = {"quorum": {"basis": "share", "value": "1/1", "abstentions": True, "proxies": False}}
    plan = actions.Founding(
        code="crowd",
        name="Everybody",
        name_zh="全体",
        secretary=None,
        calendar=company.calendar(),
        charter=charter(**(whole | changes)),
        seats=seats,
        policies=[],
        access={"read": 3, "export": 2, "train": 1},
    )
    return Crowd(people, members, actions.committee_found(actor=people.carol, plan=plan))


@dataclass(frozen=True)
class Came:
    """What an act came to: `done` or the code of its refusal, and the seconds it took."""

    code: str
    seconds: float


def in_processes(parts: Sequence[Sequence[Act]]) -> list[list[Came]]:
    """Run each part in a process of its own, all starting together; what every act came to, in order.

    The processes are copies of this one, each with a connection of its own to the same database.
    """
    fork = multiprocessing.get_context("fork")
    gate, answers = fork.Barrier(len(parts)), fork.SimpleQueue()
    connection.close()

    def work(place: int) -> None:
        gate.wait(60)
        answers.put((place, [_carry_out(act) for act in parts[place]]))
        connection.close()
        os._exit(0)  # nothing of the test run in this copy is to be cleaned up

    workers = [fork.Process(target=work, args=(place,)) for place in range(len(parts))]
    for worker in workers:
        worker.start()
    found = dict(answers.get() for _ in workers)
    for worker in workers:
        worker.join(60)
    return [found[place] for place in range(len(parts))]


def _carry_out(act: Act) -> Came:
    begun = time.perf_counter()
    try:
        act()
        code = "done"
    except DomainError as error:
        code = error.code
    except Exception as error:  # noqa: BLE001 - it must reach the test, whatever it is
        code = f"{type(error).__name__}: {error}"
    return Came(code, time.perf_counter() - begun)
