"""People, teams, tokens, notices: what a person or program may do with them."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import exceptions as errors
from governance import permissions
from governance.actions.checks import check_length, check_slug
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


def _check_person(username: str, name: str, name_zh: str) -> None:
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise errors.InvalidInput(field="username", reason=" ".join(error.messages)) from error
    if not name.strip():
        raise errors.InvalidInput(field="name", reason=_("empty"))
    for field, value, longest in (
        ("username", username, 150),
        ("name", name, 120),
        ("name_zh", name_zh, 120),
    ):
        check_length(field, value, longest)


@governed("person.first")
def first_person_create(*, actor: User | None, username: str, name: str, password: str | None) -> User:
    """Make the first person of an empty installation, in a governance team. NotPermitted afterwards."""
    permissions.allow(actor is None and not User.objects.filter(kind=UserKind.PERSON).exists())
    user = people.user_create(actor=None, username=username, name=name, password=password)
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
    *, actor: User, code: str, name: str, name_zh: str = "", parent: Department | None = None
) -> Department:
    permissions.allow(permissions.may_manage_people(actor))
    check_slug("code", code, 40)
    return people.department_create(actor=actor, code=code, name=name, name_zh=name_zh, parent=parent)


@governed("team.create")
def team_create(*, actor: User, code: str, name: str, name_zh: str = "", function: str) -> Team:
    permissions.allow(permissions.may_manage_people(actor))
    check_slug("code", code, 40)
    if function not in TeamFunction.values:
        raise errors.InvalidInput(field="function", reason=_("unknown"))
    return people.team_create(actor=actor, code=code, name=name, name_zh=name_zh, function=function)


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
    _check_person(username, name, name_zh)
    if kind not in UserKind.values:
        raise errors.InvalidInput(field="kind", reason=_("unknown"))
    return people.user_create(
        actor=actor,
        username=username,
        name=name,
        name_zh=name_zh,
        email=email,
        department=department,
        kind=kind,
        language=language,
        password=password,
    )


@governed("person.deactivate")
def person_deactivate(*, actor: User, user: User) -> None:
    """Raises NotPermitted also for oneself: a leaver is let go by somebody else."""
    permissions.allow(permissions.may_manage_people(actor) and actor.pk != user.pk)
    people.user_deactivate(actor=actor, user=user)
    wake_on_commit(outbox_send.delay)


@governed("membership.start")
def membership_start(*, actor: User, team: Team, user: User, since: dt.date | None = None) -> Membership:
    permissions.allow(permissions.may_manage_people(actor))
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
