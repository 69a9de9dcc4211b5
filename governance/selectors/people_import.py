"""What a file of people would change: each row against the rows there are. Writes nothing."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from governance.choices import UserKind
from governance.models import Department, Membership, Team, User
from governance.permissions import CLOCK

CREATE, UPDATE, UNCHANGED, ERROR = "create", "update", "unchanged", "error"
PERSONS = (UserKind.PERSON.value, UserKind.SERVICE.value)
Period = tuple[dt.date, dt.date | None]


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row whose values can be stored; `values` holds only the columns that say something.

    `key` names the thing: a code, a user name, or team and person of a membership.
    """

    line: int
    kind: str
    key: tuple[str, ...]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one row: its outcome, what is written, and for an error its code and sentence."""

    line: int
    kind: str
    key: tuple[str, ...]
    outcome: str
    changes: dict[str, Any] = field(default_factory=dict)
    code: str = ""
    text: str = ""

    @property
    def name(self) -> str:
        return " · ".join(self.key)

    @property
    def fields(self) -> str:
        """The columns an update changes."""
        return ", ".join(self.changes) if self.outcome == UPDATE else ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Every row of a file in its order, with what it would do."""

    digest: str
    encoding: str
    steps: tuple[Step, ...]

    def count(self, outcome: str) -> int:
        return sum(step.outcome == outcome for step in self.steps)

    @property
    def errors(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.outcome == ERROR)

    @property
    def writes(self) -> int:
        return self.count(CREATE) + self.count(UPDATE)

    @property
    def counts(self) -> dict[str, int]:
        return {outcome: self.count(outcome) for outcome in (CREATE, UPDATE, UNCHANGED, ERROR)}


class _Fault(Exception):
    """A row that cannot be imported."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.code = code
        self.text = text


def import_steps(rows: Sequence[ImportRow], actor: User) -> list[Step]:
    """One step a row, in file order; five queries however long the file is."""
    book = _Book(rows, actor)
    return [_step(book, row) for row in rows]


def _step(book: _Book, row: ImportRow) -> Step:
    judge = {"department": _department, "team": _team, "membership": _membership}.get(row.kind, _person)
    try:
        if book.twice(row):
            raise _Fault("duplicate", _("the same row stands further up in the file"))
        outcome, changes = judge(book, row)
    except _Fault as fault:
        return Step(row.line, row.kind, row.key, ERROR, code=fault.code, text=fault.text)
    return Step(row.line, row.kind, row.key, outcome, changes)


class _Book:
    """The rows there are, and what the file declares."""

    def __init__(self, rows: Sequence[ImportRow], actor: User) -> None:
        self.actor = actor
        self.today = timezone.localdate()
        departments = Department.objects.select_related("parent", "head")
        self.departments = {row.code: row for row in departments}
        self.teams = {row.code: row for row in Team.objects.all()}
        self.declared = {kind: {r.key[0] for r in rows if r.kind == kind} for kind in ("department", "team")}
        people = [row for row in rows if row.kind in PERSONS]
        self.declared["person"] = {row.key[0] for row in people}
        named = {*self.declared["person"], *(r.key[1] for r in rows if r.kind == "membership")}
        named |= {str(r.values["head"]) for r in rows if r.values.get("head")}
        users = User.objects.filter(username__in=named).select_related("department")
        self.users = {row.username: row for row in users}
        self.there: dict[str, Collection[str]] = {
            "department": self.departments.keys(),
            "team": self.teams.keys(),
            "person": self.users.keys(),
        }
        self.active = {name: user.is_active for name, user in self.users.items()}
        for row in people:
            self.active[row.key[0]] = row.values.get("active", self.active.get(row.key[0], True))
        self.memberships = self._memberships(rows)
        self.cycle = _on_cycle(self._parents(rows))
        self._seen: Counter[Any] = Counter()

    def _memberships(self, rows: Iterable[ImportRow]) -> dict[tuple[str, ...], list[Membership]]:
        teams = {row.key[0] for row in rows if row.kind == "membership"}
        found: dict[tuple[str, ...], list[Membership]] = defaultdict(list)
        held = Membership.objects.filter(team__code__in=teams).select_related("team", "user")
        for row in held.order_by("since", "pk"):
            found[row.team.code, row.user.username].append(row)
        return found

    def _parents(self, rows: Iterable[ImportRow]) -> dict[str, str]:
        """The tree as it would be."""
        parents = {code: row.parent.code if row.parent else "" for code, row in self.departments.items()}
        for row in rows:
            if row.kind == "department":
                parents[row.key[0]] = row.values.get("parent", parents.get(row.key[0], ""))
        return parents

    def twice(self, row: ImportRow) -> bool:
        kind = "person" if row.kind in PERSONS else row.kind
        period = (row.values.get("since"), row.values.get("until")) if kind == "membership" else ()
        self._seen[kind, row.key, period] += 1
        return self._seen[kind, row.key, period] > 1

    def known(self, kind: str, name: str) -> None:
        """Raises _Fault unless there is such a thing, or the file makes it."""
        if name not in self.there[kind] and name not in self.declared[kind]:
            words = {
                "department": _("no department has the code “%(name)s”"),
                "team": _("no team has the code “%(name)s”"),
                "person": _("nobody has the user name “%(name)s”"),
            }
            raise _Fault(f"unknown_{kind}", words[kind] % {"name": name})


def _on_cycle(parents: dict[str, str]) -> set[str]:
    """Every code from which going up comes back to itself; each code is walked once."""
    done: set[str] = set()
    found: set[str] = set()
    for start in parents:
        path: dict[str, int] = {}
        at = start
        while at in parents and at not in done and at not in path:
            path[at] = len(path)
            at = parents[at]
        if at in path:
            found.update(code for code, place in path.items() if place >= path[at])
        done.update(path)
    return found


def _differences(row: ImportRow, held: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    changes = {
        name: row.values[name] for name in held if name in row.values and row.values[name] != held[name]
    }
    return (UPDATE if changes else UNCHANGED), changes


def _department(book: _Book, row: ImportRow) -> tuple[str, dict[str, Any]]:
    (code,) = row.key
    if row.values.get("parent"):
        book.known("department", row.values["parent"])
    if row.values.get("head"):
        book.known("person", row.values["head"])
    if code in book.cycle:
        raise _Fault("department_cycle", _("the department would lie inside itself"))
    held = book.departments.get(code)
    if held is None:
        return CREATE, dict(row.values)
    return _differences(
        row,
        {
            "name": held.name,
            "name_zh": held.name_zh,
            "parent": held.parent.code if held.parent else "",
            "head": held.head.username if held.head else "",
        },
    )


def _team(book: _Book, row: ImportRow) -> tuple[str, dict[str, Any]]:
    held = book.teams.get(row.key[0])
    if held is None:
        return CREATE, dict(row.values)
    return _differences(row, {"name": held.name, "name_zh": held.name_zh, "function": held.function})


def _person(book: _Book, row: ImportRow) -> tuple[str, dict[str, Any]]:
    (username,) = row.key
    if row.kind == UserKind.SERVICE and username == CLOCK:
        raise _Fault("reserved", _("the clock is the platform's own account"))
    if row.values.get("department"):
        book.known("department", row.values["department"])
    held = book.users.get(username)
    if held is None:
        return CREATE, dict(row.values)
    if held.kind != row.kind:
        raise _Fault("other_kind", _("a person does not become a service account, nor the other way round"))
    if row.values.get("active") is False and held.is_active and held.pk == book.actor.pk:
        raise _Fault("not_oneself", _("nobody deactivates themselves; somebody else does"))
    return _differences(
        row,
        {
            "name": held.name,
            "name_zh": held.name_zh,
            "email": held.email,
            "language": held.language,
            "department": held.department.code if held.department else "",
            "active": held.is_active,
        },
    )


def _membership(book: _Book, row: ImportRow) -> tuple[str, dict[str, Any]]:
    team, person = row.key
    book.known("team", team)
    book.known("person", person)
    since, until = row.values.get("since"), row.values.get("until")
    held = book.memberships.get(row.key, [])
    if any((since in (None, m.since)) and m.until == until for m in held):
        return UNCHANGED, {}
    gone = not book.active.get(person, True)
    if gone and any(m.since == since and m.until for m in held):
        return UNCHANGED, {}  # it was cut short when the person left
    running = next((m for m in held if m.until is None), None)
    if until is None:
        return _joining(book, row, held, running)
    if running is not None and since in (None, running.since):
        if until < running.since:
            raise _Fault("bad_period", _("the end lies before the beginning"))
        return UPDATE, {"until": until}
    if since is None:
        raise _Fault("not_a_member", _("there is no membership to end"))
    if any(m.since == since for m in held):
        raise _Fault("membership_over", _("this membership has ended already, on another day"))
    return CREATE, {"since": since, "until": until}


def _joining(
    book: _Book, row: ImportRow, held: list[Membership], running: Membership | None
) -> tuple[str, dict[str, Any]]:
    """A membership without end: new, or running already from another day."""
    since = row.values.get("since")
    if not book.active.get(row.key[1], True):
        if any(since in (None, m.since) for m in held):
            return UNCHANGED, {}  # it ended when the person left
        raise _Fault("person_left", _("who has left joins no team"))
    if running is not None:
        raise _Fault("already_member", _("a membership of this team runs already, from another day on"))
    return CREATE, {"since": since or book.today, "until": None}


def export_rows() -> Iterator[dict[str, str]]:
    """Every department, team, person and membership, as rows of the file; parents come before their parts."""
    yield from (_exported_department(row) for row in _parents_first())
    for team in Team.objects.order_by("code").iterator():
        cells = {"kind": "team", "code": team.code, "name": team.name, "name_zh": team.name_zh}
        yield cells | {"function": team.function}
    people = User.objects.exclude(username=CLOCK, kind=UserKind.SERVICE).select_related("department")
    for user in people.order_by("username").iterator():
        yield {
            "kind": user.kind,
            "code": user.username,
            "name": user.name,
            "name_zh": user.name_zh,
            "email": user.email,
            "language": user.language,
            "department": user.department.code if user.department else "",
            "active": "yes" if user.is_active else "no",
        }
    yield from _exported_memberships()


def _exported_department(row: Department) -> dict[str, str]:
    return {
        "kind": "department",
        "code": row.code,
        "name": row.name,
        "name_zh": row.name_zh,
        "parent": row.parent.code if row.parent else "",
        "head": row.head.username if row.head else "",
    }


def _parents_first() -> list[Department]:
    rows = list(Department.objects.select_related("parent", "head").order_by("code"))
    below: dict[int | None, list[Department]] = defaultdict(list)
    for row in rows:
        below[row.parent_id].append(row)
    found, left = [], list(reversed(below[None]))
    while left:
        row = left.pop()
        found.append(row)
        left.extend(reversed(below[row.pk]))
    return found


def _exported_memberships() -> Iterator[dict[str, str]]:
    """Each period once, however often somebody left and came back on one day."""
    rows = Membership.objects.exclude(user__username=CLOCK).order_by("team__code", "user__username", "since")
    names = ("team__code", "user__username", "since", "until")
    for team, person, since, until in rows.values_list(*names).distinct():
        yield {
            "kind": "membership",
            "team": team,
            "person": person,
            "since": since.isoformat(),
            "until": until.isoformat() if until else "",
        }
