"""Importing a file of people: all of its rows in one transaction, each with the ledger row of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from governance import ledger
from governance.choices import UserKind
from governance.database.locks import locked
from governance.exceptions import Conflict, ImportHasErrors
from governance.models import Department, Membership, Team, User
from governance.selectors.people_import import (
    CREATE,
    PERSONS,
    UPDATE,
    ImportPlan,
    ImportRow,
    Step,
    import_steps,
)
from governance.services import people
from governance.subject_ref import SubjectRef

IMPORT = SubjectRef("action", "people.import")


def people_import(*, actor: User, digest: str, encoding: str, rows: Sequence[ImportRow]) -> ImportPlan:
    """Judge every row again under lock, then write all or nothing; importing the same again writes nothing.

    Raises ImportHasErrors, Conflict (somebody else wrote the same meanwhile).
    """
    try:
        with transaction.atomic():
            list(locked(Department.objects.order_by("pk")))
            plan = ImportPlan(digest, encoding, tuple(import_steps(rows, actor)))
            if plan.errors:
                raise has_errors(plan)
            if plan.writes:
                _write(actor, plan)
    except IntegrityError as error:
        raise Conflict from error
    return plan


@transaction.atomic
def people_export_note(*, actor: User) -> None:
    """Record that somebody took out the list of everybody."""
    data = {"people": User.objects.count()}
    ledger.append(
        type="people.exported", actor=actor, subject=SubjectRef("action", "people.export"), data=data
    )


def has_errors(plan: ImportPlan) -> ImportHasErrors:
    """The refusal of a file with errors: how many, and the first of them."""
    first = plan.errors[0]
    return ImportHasErrors(count=len(plan.errors), line=first.line, reason=first.text)


def _write(actor: User, plan: ImportPlan) -> None:
    writer = _Writer(actor)
    changing = [step for step in plan.steps if step.outcome in (CREATE, UPDATE)]
    departments = [step for step in changing if step.kind == "department"]
    people_steps = [step for step in changing if step.kind in PERSONS]
    for step in _parents_first(departments):
        writer.department(step)
    for step in changing:
        if step.kind == "team":
            writer.team(step)
    for step in people_steps:
        writer.person(step)
    for step in departments:
        writer.place(step)
    for step in changing:
        if step.kind == "membership":
            writer.membership(step)
    for step in people_steps:
        writer.leaver(step)
    data = {"digest": plan.digest, "encoding": plan.encoding, **plan.counts}
    ledger.append(type="people.imported", actor=actor, subject=IMPORT, data=data)


def _parents_first(steps: Sequence[Step]) -> list[Step]:
    """New departments only, each after the one it lies in."""
    new = {step.key[0]: step for step in steps if step.outcome == CREATE}
    ordered: dict[str, Step] = {}
    for code in new:
        chain = []
        while code in new and code not in ordered and code not in chain:
            chain.append(code)
            code = new[code].changes.get("parent", "")
        ordered |= {name: new[name] for name in reversed(chain)}
    return list(ordered.values())


class _Writer:
    """Writes steps by the services that write single things; keeps what it has looked up."""

    def __init__(self, actor: User) -> None:
        self.actor = actor
        self.departments = {row.code: row for row in Department.objects.select_related("parent", "head")}
        self.teams = {row.code: row for row in Team.objects.all()}
        self.users: dict[str, User] = {}

    def user(self, username: str) -> User:
        if username not in self.users:
            self.users[username] = User.objects.select_related("department").get(username=username)
        return self.users[username]

    def department(self, step: Step) -> None:
        (code,) = step.key
        self.departments[code] = people.department_create(
            actor=self.actor,
            code=code,
            name=step.changes["name"],
            name_zh=step.changes.get("name_zh", ""),
            parent=self.departments.get(step.changes.get("parent", "")),
        )

    def place(self, step: Step) -> None:
        """What of a department is left: changes of one there was, the head of a new one."""
        changes = dict(step.changes)
        if step.outcome == CREATE:
            changes = {"head": changes["head"]} if changes.get("head") else {}
        if "parent" in changes:
            changes["parent"] = self.departments.get(changes["parent"])
        if "head" in changes:
            changes["head"] = self.user(changes["head"]) if changes["head"] else None
        if changes:
            people.department_write(
                actor=self.actor, department=self.departments[step.key[0]], changes=changes
            )

    def team(self, step: Step) -> None:
        (code,), changes = step.key, step.changes
        if step.outcome == CREATE:
            self.teams[code] = people.team_create(
                actor=self.actor,
                code=code,
                name=changes["name"],
                name_zh=changes.get("name_zh", ""),
                function=changes["function"],
            )
            return
        row = self.teams[code]
        wanted = {name: changes.get(name, getattr(row, name)) for name in ("name", "name_zh", "function")}
        people.team_change(actor=self.actor, team=row, **wanted)

    def person(self, step: Step) -> None:
        (username,), changes = step.key, dict(step.changes)
        changes.pop("active", None)
        if "department" in changes:
            changes["department"] = self.departments.get(changes["department"])
        if step.outcome == CREATE:
            kind = UserKind(step.kind)
            self.users[username] = people.user_create(
                actor=self.actor, username=username, kind=kind, **changes
            )
            return
        row = self.user(username)
        if step.changes.get("active") is True:
            people.user_reactivate(actor=self.actor, user=row)
        if changes:
            fields = ("name", "name_zh", "email", "department", "language")
            wanted: dict[str, Any] = {name: getattr(row, name) for name in fields} | changes
            people.user_change(actor=self.actor, user=row, **wanted)

    def membership(self, step: Step) -> None:
        team, user = self.teams[step.key[0]], self.user(step.key[1])
        until = step.changes["until"]
        if step.outcome == UPDATE:
            held = Membership.objects.select_related("team", "user").get(team=team, user=user, until=None)
            people.membership_end(actor=self.actor, membership=held, until=until)
            return
        since = step.changes["since"]
        if until is None:
            people.membership_start(actor=self.actor, team=team, user=user, since=since)
        else:
            people.membership_note(actor=self.actor, team=team, user=user, since=since, until=until)

    def leaver(self, step: Step) -> None:
        if step.changes.get("active") is False:
            people.user_deactivate(actor=self.actor, user=self.user(step.key[0]))
