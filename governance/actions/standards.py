"""Standards: drafting, proposing, adopting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from governance import exceptions as errors
from governance import permissions, permits
from governance.actions.checks import check_length, check_slug
from governance.choices import PermitStatus
from governance.models import Permit, Standard, StandardVersion, User
from governance.refusals import governed, refusal_record
from governance.services import standards
from governance.services.standards import CompiledRule
from governance.standard_text import StandardText, read_standard


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
    _draft_check(actor=actor, name=name, title=title, title_zh=title_zh, note=note)
    text = told_document("standard.draft", actor, document)
    return _draft_store(
        actor=actor, name=name, title=title, title_zh=title_zh, owner=owner, note=note, text=text
    )


@governed("standard.draft")
def _draft_check(*, actor: User, name: str, title: str, title_zh: str, note: str) -> None:
    check_slug("name", name, 80)
    standard = Standard.objects.filter(name=name).first()
    permissions.allow(permissions.may_write_standard(actor, standard))
    for field, value, longest in (("title", title, 200), ("title_zh", title_zh, 200), ("note", note, 500)):
        check_length(field, value, longest)


@governed("standard.draft")
def _draft_store(
    *, actor: User, name: str, title: str, title_zh: str, owner: User | None, note: str, text: StandardText
) -> StandardVersion:
    standard = Standard.objects.filter(name=name).first()
    if standard is None:
        standard = standards.standard_create(
            actor=actor, name=name, title=title, title_zh=title_zh, owner=owner or actor
        )
    return standards.standard_version_create(
        actor=actor,
        standard=standard,
        version=text.version,
        document=text.document,
        digest=text.digest,
        rules=text.rules,
        note=note,
        compiled=text.facts(),
    )


def told_document(
    name: str, actor: User, document: bytes, changes: Sequence[Mapping[str, Any]] = ()
) -> StandardText:
    """`read_document` before any transaction opens: the child takes a second, and must not hold the writer.

    A refusal is written to the ledger under the action's name.
    """
    try:
        return read_document(document, changes)
    except errors.DomainError as error:
        refusal_record(name=name, actor=actor, error=error)
        raise


def read_document(document: bytes, changes: Sequence[Mapping[str, Any]] = ()) -> StandardText:
    """Change, parse and compile every object of an ODCS document. Raises StandardInvalid."""
    text = read_standard(document, changes)
    if not text.rules:  # it would open every gate
        raise errors.StandardInvalid(detail=_("it holds no rule"))
    _check_storable(text.version, text.rules)
    return text


def _check_storable(version: str, rules: list[CompiledRule]) -> None:
    """Names of a document are its author's: what the rule table cannot hold is refused here, in words."""
    limits = [("version", version, 40)]
    for rule in rules:
        limits += [("schema.name", rule.object_name, 120), ("rule id", rule.rule_id, 200)]
    try:
        for field, value, longest in limits:
            check_length(field, value, longest)
        for rule in rules:
            check_length(rule.rule_id, f"{rule.sentence}{rule.sentence_zh}", 100_000)
            check_length(rule.rule_id, rule.place, 300)
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
        fits = permits.action_of(permit) == "adopt" and permit.subject_digest == version.digest
        if fits and permits.is_authentic(permit) and permits.status_of(permit) == PermitStatus.ACTIVE:
            return permit
    return None
