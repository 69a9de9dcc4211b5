"""What a person or program may do in governance: check permission, call the service, wake others."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import exceptions as errors
from governance import permissions, permits
from governance.choices import PermitStatus, TeamFunction, UserKind
from governance.models import (
    ApiToken,
    Department,
    Membership,
    Notice,
    Permit,
    Standard,
    StandardVersion,
    Team,
    User,
)
from governance.refusals import governed
from governance.services import people, standards
from governance.standard_text import read_standard

if TYPE_CHECKING:
    from governance.services.standards import CompiledRule


SLUG = re.compile(r"[a-zA-Z0-9_-]+", re.ASCII)


def _check_slug(field: str, value: str, longest: int) -> None:
    """Raise InvalidInput unless the value can be an address and a file name."""
    if not SLUG.fullmatch(value):
        raise errors.InvalidInput(field=field, reason=_("Latin letters, digits, - and _ only"))
    _check_length(field, value, longest)


def _check_length(field: str, value: str, longest: int) -> None:
    """Raise InvalidInput for what one of the databases would refuse or cut."""
    if len(value) > longest:
        raise errors.InvalidInput(
            field=field, reason=_("longer than %(count)s characters") % {"count": longest}
        )
    if "\x00" in value:
        raise errors.InvalidInput(field=field, reason=_("holds a character that cannot be stored"))


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
        _check_length(field, value, longest)


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
    _check_slug("code", code, 40)
    return people.department_create(actor=actor, code=code, name=name, name_zh=name_zh, parent=parent)


@governed("team.create")
def team_create(*, actor: User, code: str, name: str, name_zh: str = "", function: str) -> Team:
    permissions.allow(permissions.may_manage_people(actor))
    _check_slug("code", code, 40)
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
    _check_length("label", label, 80)
    if expires_at is not None and expires_at <= timezone.now():
        raise errors.InvalidInput(field="expires_at", reason=_("already past"))
    return people.token_issue(actor=actor, user=user, label=label.strip(), expires_at=expires_at)


@governed("token.revoke")
def token_revoke(*, actor: User, token: ApiToken) -> None:
    permissions.allow(actor.pk == token.user_id or permissions.may_manage_people(actor))
    people.token_revoke(actor=actor, token=token)


def notices_mark_read(*, actor: User) -> int:
    """Mark the actor's own notices as read; a read mark writes no ledger row (house: ledger)."""
    return Notice.objects.visible_to(actor).unread().update(read_at=timezone.now())


@governed("standard.draft")
def standard_draft(
    *,
    actor: User,
    name: str,
    title: str,
    document: bytes,
    title_zh: str = "",
    owner: User | None = None,
    note: str = "",
) -> StandardVersion:
    """Store a new draft version of a standard, opening the standard first where it is new.

    Raises NotPermitted, StandardInvalid, NameTaken (the version number exists).
    """
    _check_slug("name", name, 80)
    standard = Standard.objects.filter(name=name).first()
    permissions.allow(permissions.may_write_standard(actor, standard))
    for field, value, longest in (("title", title, 200), ("title_zh", title_zh, 200), ("note", note, 500)):
        _check_length(field, value, longest)
    version, digest, rules = read_document(document)
    if standard is None:
        standard = standards.standard_create(
            actor=actor, name=name, title=title, title_zh=title_zh, owner=owner or actor
        )
    return standards.standard_version_create(
        actor=actor,
        standard=standard,
        version=version,
        document=document,
        digest=digest,
        rules=rules,
        note=note,
    )


def read_document(document: bytes) -> tuple[str, str, list[CompiledRule]]:
    """Parse and compile every object of an ODCS document: (version, digest, rules).

    Raises StandardInvalid.
    """
    text = read_standard(document)
    if not text.rules:  # it would open every gate
        raise errors.StandardInvalid(detail=_("it holds no rule"))
    _check_storable(text.version, text.rules)
    return text.version, text.digest, text.rules


def _check_storable(version: str, rules: list[CompiledRule]) -> None:
    """Names of a document are its author's: what the rule table cannot hold is refused here, in words."""
    limits = [("version", version, 40)]
    for rule in rules:
        limits += [("schema.name", rule.object_name, 120), ("rule id", rule.rule_id, 200)]
    try:
        for field, value, longest in limits:
            _check_length(field, value, longest)
        for rule in rules:
            _check_length(rule.rule_id, f"{rule.sentence}{rule.sentence_zh}", 100_000)
    except errors.InvalidInput as error:
        raise errors.StandardInvalid(detail=error.text) from error


@governed("standard.propose")
def standard_propose(*, actor: User, version: StandardVersion) -> StandardVersion:
    permissions.allow(permissions.may_write_standard(actor, version.standard))
    return standards.standard_version_propose(actor=actor, version=version)


@governed("standard.adopt")
def standard_adopt(*, actor: User, version: StandardVersion) -> bool:
    """Put a proposed version in force; possible only while a permit for `adopt` on its digest is active."""
    clock = permissions.is_clock(actor)
    permissions.allow(clock or permissions.may_write_standard(actor, version.standard))
    permit = adoption_permit(version)
    if permit is None:
        raise errors.PermitRefused
    return standards.standard_version_adopt(actor=actor, version=version, permit_uid=permit.uid)


def adoption_permit(version: StandardVersion) -> Permit | None:
    """The active, authentic permit to adopt exactly these bytes, if there is one."""
    for permit in permits.live_for("standard_version", version.uid):
        fits = permit.action == "adopt" and permit.subject_digest == version.digest
        if fits and permits.is_authentic(permit) and permits.status_of(permit) == PermitStatus.ACTIVE:
            return permit
    return None
