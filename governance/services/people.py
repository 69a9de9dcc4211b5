"""Writing people: departments, teams, users, memberships, tokens. One write with its ledger row each."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from governance import ledger, outbox
from governance.choices import UserKind
from governance.database.locks import locked
from governance.exceptions import Conflict, DepartmentCycle, NameTaken
from governance.models import ApiToken, Department, Membership, Team, User
from governance.subject_ref import SubjectRef

TOKEN_PREFIX = "gvl_"  # noqa: S105 - a public prefix that secret scanners look for, not a secret


def hash_token(text: str) -> str:
    """SHA-256 hex of a token's text: tokens carry 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


def department_create(
    *,
    actor: User | None,
    code: str,
    name: str,
    name_zh: str = "",
    parent: Department | None = None,
    head: User | None = None,
) -> Department:
    """Add a department. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Department.objects.create(code=code, name=name, name_zh=name_zh, parent=parent, head=head)
            subject = SubjectRef("department", row.uid)
            ledger.append(type="department.created", actor=actor, subject=subject, data={"code": code})
    except IntegrityError as error:
        raise NameTaken(name=code) from error
    return row


@transaction.atomic
def department_change(
    *,
    actor: User,
    department: Department,
    name: str,
    name_zh: str,
    parent: Department | None,
    head: User | None,
) -> bool:
    """Rename or move it, or name its head; False where nothing differs. Raises Conflict, DepartmentCycle.

    The whole tree is locked: of two who move at once the second sees what the first did.
    """
    tree = {row.pk: row for row in locked(Department.objects.order_by("pk"))}
    row = tree[department.pk]
    if (row.parent_id, row.head_id) != (department.parent_id, department.head_id):
        raise Conflict
    wanted = {"name": name, "name_zh": name_zh, "parent": parent, "head": head}
    changes = {field: value for field, value in wanted.items() if getattr(row, field) != value}
    if not changes:
        return False
    if parent is not None and _lies_inside(tree, parent.pk, row.pk):
        raise DepartmentCycle(name=row.code)
    department_write(actor=actor, department=department, changes=changes)
    department.refresh_from_db()
    return True


@transaction.atomic
def department_write(*, actor: User, department: Department, changes: dict[str, Any]) -> None:
    """Write changes of a department; that the tree stays a tree the caller has made sure, under its lock."""
    Department.objects.filter(pk=department.pk).update(**changes)
    told = {field: _told(value) for field, value in changes.items()}
    subject = SubjectRef("department", department.uid)
    ledger.append(type="department.changed", actor=actor, subject=subject, data=told)


def _lies_inside(tree: dict[int, Department], start: int, inside: int) -> bool:
    """Whether going up from `start` comes to `inside`."""
    at: int | None = start
    seen: set[int] = set()
    while at is not None and at not in seen:
        if at == inside:
            return True
        seen.add(at)
        at = tree[at].parent_id if at in tree else None
    return False


def _told(value: object) -> str:
    """A value as the ledger holds it: departments by code, people by uid."""
    if isinstance(value, Department):
        return value.code
    return value.uid if isinstance(value, User) else str(value or "")


def team_create(*, actor: User | None, code: str, name: str, name_zh: str = "", function: str) -> Team:
    """Add a cross-department team with one function. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Team.objects.create(code=code, name=name, name_zh=name_zh, function=function)
            subject = SubjectRef("team", row.uid)
            data = {"code": code, "function": function}
            ledger.append(type="team.created", actor=actor, subject=subject, data=data)
    except IntegrityError as error:
        raise NameTaken(name=code) from error
    return row


@transaction.atomic
def team_change(*, actor: User, team: Team, name: str, name_zh: str, function: str) -> bool:
    """Rename a team or give it another function, which is what its members may do; False for no difference.

    Raises Conflict.
    """
    row = locked(Team.objects.filter(pk=team.pk)).get()
    if row.function != team.function:
        raise Conflict
    wanted = {"name": name, "name_zh": name_zh, "function": function}
    changes = {field: value for field, value in wanted.items() if getattr(row, field) != value}
    if not changes:
        return False
    Team.objects.filter(pk=row.pk).update(**changes)
    team.refresh_from_db()
    ledger.append(type="team.changed", actor=actor, subject=SubjectRef("team", row.uid), data=changes)
    return True


def user_create(
    *,
    actor: User | None,
    username: str,
    name: str,
    name_zh: str = "",
    email: str = "",
    department: Department | None = None,
    kind: str = UserKind.PERSON,
    language: str = "en",
    password: str | None = None,
) -> User:
    """Add a person or service account; without a password nobody can sign in as it. Raises NameTaken."""
    user = User(
        username=username,
        name=name,
        name_zh=name_zh,
        email=email,
        department=department,
        kind=kind,
        language=language,
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            subject = SubjectRef("user", user.uid)
            ledger.append(type="user.created", actor=actor, subject=subject, data={"kind": kind})
    except IntegrityError as error:
        raise NameTaken(name=username) from error
    return user


@transaction.atomic
def membership_start(
    *, actor: User | None, team: Team, user: User, since: dt.date | None = None
) -> Membership:
    """Let a person join a team; joining twice changes nothing."""
    row, created = Membership.objects.get_or_create(
        team=team, user=user, until=None, defaults={"since": since or timezone.localdate()}
    )
    if created:
        data = {"team": team.uid, "since": row.since.isoformat()}
        ledger.append(type="membership.started", actor=actor, subject=SubjectRef("user", user.uid), data=data)
    return row


@transaction.atomic
def membership_note(*, actor: User, team: Team, user: User, since: dt.date, until: dt.date) -> Membership:
    """Record a membership that has its end already."""
    row = Membership.objects.create(team=team, user=user, since=since, until=until)
    data = {"team": team.uid, "since": since.isoformat(), "until": until.isoformat()}
    ledger.append(type="membership.noted", actor=actor, subject=SubjectRef("user", user.uid), data=data)
    return row


@transaction.atomic
def membership_end(*, actor: User, membership: Membership, until: dt.date) -> None:
    """End a membership on a date. Raises Conflict for one that has its end already."""
    if not Membership.objects.filter(pk=membership.pk, until=None).update(until=until):
        raise Conflict
    data = {"team": membership.team.uid, "until": until.isoformat()}
    subject = SubjectRef("user", membership.user.uid)
    ledger.append(type="membership.ended", actor=actor, subject=subject, data=data)


@transaction.atomic
def user_deactivate(*, actor: User, user: User) -> None:
    """Let a leaver go: no sign-in, no token, memberships end today; other rooms are woken to do their part.

    Raises Conflict for somebody who has left already.
    """
    today = timezone.localdate()
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise Conflict
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    held = Membership.objects.filter(user=user)
    held.filter(since__lte=today).filter(Q(until=None) | Q(until__gt=today)).update(until=today)
    held.filter(since__gt=today, until=None).update(until=F("since"))
    outbox.emit("user.deactivated", SubjectRef("user", user.uid))
    ledger.append(type="user.deactivated", actor=actor, subject=SubjectRef("user", user.uid))


@transaction.atomic
def user_change(
    *,
    actor: User,
    user: User,
    name: str,
    name_zh: str,
    email: str,
    department: Department | None,
    language: str,
) -> bool:
    """Change what is known of a person; False for no difference. The ledger names the fields, no text."""
    row = locked(User.objects.filter(pk=user.pk)).get()
    wanted = {
        "name": name,
        "name_zh": name_zh,
        "email": email,
        "department": department,
        "language": language,
    }
    changes = {field: value for field, value in wanted.items() if getattr(row, field) != value}
    if not changes:
        return False
    User.objects.filter(pk=row.pk).update(**changes)
    user.refresh_from_db()
    data = {"changed": ", ".join(sorted(changes))}
    if "department" in changes:
        data["department"] = _told(department)
    ledger.append(type="user.changed", actor=actor, subject=SubjectRef("user", row.uid), data=data)
    return True


@transaction.atomic
def user_reactivate(*, actor: User, user: User, password: str | None = None) -> None:
    """Let somebody back in with a new password, or with none yet. Raises Conflict for who never left.

    Nothing else comes back: tokens, teams and seats are given anew.
    """
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise Conflict
    user.refresh_from_db()
    user.set_password(password)
    user.save(update_fields=["password"])
    ledger.append(type="user.reactivated", actor=actor, subject=SubjectRef("user", user.uid))


@transaction.atomic
def token_issue(
    *, actor: User, user: User, label: str, expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """Issue a bearer token; return the row and the text, which is shown once and stored only as a hash."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user, label=label, prefix=text[:12], hash=hash_token(text), expires_at=expires_at
    )
    ledger.append(
        type="token.issued", actor=actor, subject=SubjectRef("user", user.uid), data={"token": row.uid}
    )
    return row, text


@transaction.atomic
def token_revoke(*, actor: User, token: ApiToken) -> None:
    """Revoke a token at once."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
    subject = SubjectRef("user", token.user.uid)
    ledger.append(type="token.revoked", actor=actor, subject=subject, data={"token": token.uid})


def service_account(username: str) -> User:
    """The named service account, made on first use; it cannot sign in and has no role of its own."""
    found = User.objects.filter(username=username, kind=UserKind.SERVICE).first()
    return found or user_create(actor=None, username=username, name=username, kind=UserKind.SERVICE)
