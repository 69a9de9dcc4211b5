"""Writing people: departments, teams, users, memberships, tokens. One write with its ledger row each."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance import ledger, outbox
from governance.choices import UserKind
from governance.exceptions import NameTaken
from governance.models import ApiToken, Department, Membership, Team, User
from governance.subject_ref import SubjectRef

TOKEN_PREFIX = "gvl_"  # noqa: S105 - a public prefix that secret scanners look for, not a secret


def hash_token(text: str) -> str:
    """SHA-256 hex of a token's text: tokens carry 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


def department_create(
    *, actor: User | None, code: str, name: str, name_zh: str = "", parent: Department | None = None
) -> Department:
    """Add a department. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Department.objects.create(code=code, name=name, name_zh=name_zh, parent=parent)
            subject = SubjectRef("department", row.uid)
            ledger.append(type="department.created", actor=actor, subject=subject, data={"code": code})
    except IntegrityError as error:
        raise NameTaken(name=code) from error
    return row


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
def membership_end(*, actor: User, membership: Membership, until: dt.date) -> None:
    """End a membership on a date."""
    Membership.objects.filter(pk=membership.pk, until=None).update(until=until)
    data = {"team": membership.team.uid, "until": until.isoformat()}
    subject = SubjectRef("user", membership.user.uid)
    ledger.append(type="membership.ended", actor=actor, subject=subject, data=data)


@transaction.atomic
def user_deactivate(*, actor: User, user: User) -> None:
    """Let a leaver go: no sign-in, no token, memberships end today; other rooms are woken to do their part."""
    today = timezone.localdate()
    User.objects.filter(pk=user.pk).update(is_active=False)
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    Membership.objects.filter(user=user, until=None).update(until=today)
    outbox.emit("user.deactivated", SubjectRef("user", user.uid))
    ledger.append(type="user.deactivated", actor=actor, subject=SubjectRef("user", user.uid))


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
