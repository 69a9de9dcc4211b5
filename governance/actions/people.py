"""People, teams, tokens, notices: what a person or program may do with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import exceptions as errors
from governance import permissions
from governance.actions.checks import check_length, check_name, check_slug
from governance.choices import TeamFunction, UserKind
from governance.models import (
    ApiToken,
    Department,
    Membership,
    Notice,
    Team,
    User,
)
from governance.outbox import wake_on_commit
from governance.refusals import governed
from governance.services import people
from governance.subject_ref import SubjectRef
from governance.tasks import outbox_send

LONGEST_NAME = 120


def check_username(username: str) -> str:
    """Raises InvalidInput."""
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise errors.InvalidInput(field="username", reason=" ".join(error.messages)) from error
    check_length("username", username, 150)
    return username


def check_email(email: str) -> str:
    """An address or nothing. Raises InvalidInput."""
    text = email.strip()
    try:
        if text:
            validate_email(text)
    except ValidationError as error:
        raise errors.InvalidInput(field="email", reason=" ".join(error.messages)) from error
    check_length("email", text, 254)
    return text


def check_names(name: str, name_zh: str) -> dict[str, str]:
    """Both names as they are stored. Raises InvalidInput, HiddenCharacters."""
    return {
        "name": check_name("name", name, LONGEST_NAME, required=True),
        "name_zh": check_name("name_zh", name_zh, LONGEST_NAME),
    }


def check_choice(field: str, value: str, known: Iterable[str]) -> str:
    """Raises InvalidInput."""
    if value not in set(known):
        raise errors.InvalidInput(field=field, reason=_("unknown"))
    return value


LANGUAGES = frozenset(dict(settings.LANGUAGES))


@governed("person.first")
def first_person_create(*, actor: User | None, username: str, name: str, password: str | None) -> User:
    """Make the first person of an empty installation, in a governance team. NotPermitted afterwards."""
    permissions.allow(actor is None and not User.objects.filter(kind=UserKind.PERSON).exists())
    check_username(username)
    text = check_names(name, "")["name"]
    user = people.user_create(actor=None, username=username, name=text, password=password)
    User.objects.filter(pk=user.pk).update(is_staff=True)
    team = people.team_create(
        actor=user,
        code="governance-office",
        name="Governance office",
        name_zh="数据治理办公室",
        function=TeamFunction.GOVERNANCE,
    )
    people.membership_start(actor=user, team=team, user=user)
    return user


@governed("department.create")
def department_create(
    *,
    actor: User,
    code: str,
    name: str,
    name_zh: str = "",
    parent: Department | None = None,
    head: User | None = None,
) -> Department:
    permissions.allow(permissions.may_manage_people(actor))
    check_slug("code", code, 40)
    names = check_names(name, name_zh)
    return people.department_create(actor=actor, code=code, parent=parent, head=_present(head), **names)


@governed("department.change")
def department_change(
    *,
    actor: User,
    department: Department,
    name: str,
    name_zh: str = "",
    parent: Department | None = None,
    head: User | None = None,
) -> bool:
    """Rename, move, name its head. Raises DepartmentCycle, Conflict (somebody else moved it meanwhile)."""
    permissions.allow(permissions.may_manage_people(actor))
    names = check_names(name, name_zh)
    if head is not None and head.pk != department.head_id:
        _present(head)
    return people.department_change(actor=actor, department=department, parent=parent, head=head, **names)


def _present(user: User | None) -> User | None:
    """Somebody who works here. Raises InvalidInput for who has left."""
    if user is not None and not user.is_active:
        raise errors.InvalidInput(field="user", reason=_("has left the company"))
    return user


@governed("team.create")
def team_create(*, actor: User, code: str, name: str, name_zh: str = "", function: str) -> Team:
    permissions.allow(permissions.may_manage_people(actor))
    check_slug("code", code, 40)
    check_choice("function", function, TeamFunction.values)
    names = check_names(name, name_zh)
    return people.team_create(actor=actor, code=code, function=function, **names)


@governed("team.change")
def team_change(*, actor: User, team: Team, name: str, name_zh: str = "", function: str) -> bool:
    """Rename, or give another function: what its members may do follows at once. Raises Conflict."""
    permissions.allow(permissions.may_manage_people(actor))
    check_choice("function", function, TeamFunction.values)
    names = check_names(name, name_zh)
    return people.team_change(actor=actor, team=team, function=function, **names)


@governed("person.create")
def person_create(
    *,
    actor: User,
    username: str,
    name: str,
    name_zh: str = "",
    email: str = "",
    department: Department | None = None,
    kind: str = UserKind.PERSON,
    language: str = "en",
    password: str | None = None,
) -> User:
    permissions.allow(permissions.may_manage_people(actor))
    check_username(username)
    names = check_names(name, name_zh)
    check_choice("kind", kind, UserKind.values)
    check_choice("language", language, LANGUAGES)
    return people.user_create(
        actor=actor,
        username=username,
        **names,
        email=check_email(email),
        department=department,
        kind=kind,
        language=language,
        password=password,
    )


@governed("person.change")
def person_change(
    *,
    actor: User,
    user: User,
    name: str,
    name_zh: str = "",
    email: str = "",
    department: Department | None = None,
    language: str = "en",
) -> bool:
    """Raises NotPermitted, InvalidInput; False for no difference."""
    permissions.allow(permissions.may_manage_people(actor))
    return people.user_change(
        actor=actor,
        user=user,
        **check_names(name, name_zh),
        email=check_email(email),
        department=department,
        language=check_choice("language", language, LANGUAGES),
    )


@governed("person.reactivate")
def person_reactivate(*, actor: User, user: User, password: str | None = None) -> None:
    """Let somebody who left back in; tokens, teams and seats are given anew. Raises Conflict."""
    permissions.allow(permissions.may_manage_people(actor))
    people.user_reactivate(actor=actor, user=user, password=password)


@governed("person.deactivate")
def person_deactivate(*, actor: User, user: User) -> None:
    """Raises NotPermitted also for oneself: a leaver is let go by somebody else; and for the clock."""
    permissions.allow(permissions.may_manage_people(actor) and actor.pk != user.pk)
    permissions.allow(not permissions.is_clock(user))
    people.user_deactivate(actor=actor, user=user)
    wake_on_commit(outbox_send.delay)


@governed("membership.start")
def membership_start(*, actor: User, team: Team, user: User, since: dt.date | None = None) -> Membership:
    permissions.allow(permissions.may_manage_people(actor))
    _present(user)
    return people.membership_start(actor=actor, team=team, user=user, since=since)


@governed("membership.end")
def membership_end(*, actor: User, membership: Membership, until: dt.date | None = None) -> None:
    permissions.allow(permissions.may_manage_people(actor))
    last = until or timezone.localdate()
    if last < membership.since:
        raise errors.InvalidInput(field="until", reason=_("before the membership began"))
    people.membership_end(actor=actor, membership=membership, until=last)


@governed("token.issue")
def token_issue(
    *, actor: User, user: User, label: str, expires_at: dt.datetime | None = None
) -> tuple[ApiToken, str]:
    """For oneself, or by the governance team for a service account; never for another person or the clock."""
    own = actor.pk == user.pk
    service = user.kind == UserKind.SERVICE and permissions.may_manage_people(actor)
    permissions.allow(permissions.is_active(actor) and user.is_active and (own or service))
    permissions.allow(not permissions.is_clock(user))
    if not label.strip():
        raise errors.InvalidInput(field="label", reason=_("empty"))
    check_length("label", label, 80)
    if expires_at is not None and expires_at <= timezone.now():
        raise errors.InvalidInput(field="expires_at", reason=_("already past"))
    return people.token_issue(actor=actor, user=user, label=label.strip(), expires_at=expires_at)


@governed("token.revoke")
def token_revoke(*, actor: User, token: ApiToken) -> None:
    permissions.allow(actor.pk == token.user_id or permissions.may_manage_people(actor))
    people.token_revoke(actor=actor, token=token)


def notices_mark_read(*, actor: User, uid: str = "", subject: SubjectRef | None = None) -> int:
    """Mark the actor's own notices as read: all, one, or all about a subject. Returns how many.

    A read mark writes no ledger row (house: ledger).
    """
    rows = Notice.objects.visible_to(actor).unread()
    if uid:
        rows = rows.filter(uid=uid)
    if subject is not None:
        rows = rows.filter(subject_kind=subject.kind, subject_id=subject.id)
    return rows.update(read_at=timezone.now())
