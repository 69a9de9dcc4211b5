"""Writing standards and their versions: drafting, proposing, adopting. One write with its ledger row each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance import ledger, outbox, permits
from governance.choices import STANDARD_TRANSITIONS, StandardStatus
from governance.exceptions import NameTaken, WrongTransition
from governance.models import Rule, Standard, StandardVersion, User
from governance.record.canonical import canonical_bytes, sha256_hex
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule as the validation engine compiled it, in plain words for the rule table."""

    object_name: str
    rule_id: str
    kind: str
    columns: tuple[str, ...]
    severity: str
    dimension: str
    sentence: str
    sentence_zh: str
    form: str = ""
    place: str = ""
    removable: bool = False
    entry: Mapping[str, Any] = field(default_factory=dict)


def subject_of(version: StandardVersion) -> SubjectRef:
    return SubjectRef("standard_version", version.uid, version.digest)


def standard_create(*, actor: User, name: str, title: str, title_zh: str, owner: User) -> Standard:
    """Open a standard without a version. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Standard.objects.create(name=name, title=title, title_zh=title_zh, owner=owner)
            subject = SubjectRef("standard", row.uid)
            data = {"name": name, "owner": owner.uid}
            ledger.append(type="standard.created", actor=actor, subject=subject, data=data)
    except IntegrityError as error:
        raise NameTaken(name=name) from error
    return row


def standard_version_create(
    *,
    actor: User,
    standard: Standard,
    version: str,
    document: bytes,
    digest: str,
    rules: Sequence[CompiledRule],
    note: str = "",
    compiled: Mapping[str, Any] | None = None,
    base: StandardVersion | None = None,
) -> StandardVersion:
    """Store a draft version: the bytes as given, and its compiled rules for lists. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = StandardVersion.objects.create(
                standard=standard,
                version=version,
                document=document,
                digest=digest,
                note=note,
                created_by=actor,
                compiled=dict(compiled or {}),
                base=base,
            )
            written = rules_write(row, rules)
            ledger.append(
                type="standard_version.drafted",
                actor=actor,
                subject=subject_of(row),
                data=draft_content(row, written),
            )
    except IntegrityError as error:
        raise NameTaken(name=f"{standard.name} {version}") from error
    return row


def draft_content(version: StandardVersion, rules: Sequence[Rule]) -> dict[str, Any]:
    """What the ledger seals of a draft beside its digest: its columns and the rules people read."""
    told = [_told(version, rule) for rule in sorted(rules, key=lambda rule: rule.position)]
    seen = {"compiled_sha256": sha256_hex(canonical_bytes(version.compiled))} if version.compiled else {}
    start = {"base": version.base.uid} if version.base else {}
    return {
        **start,
        **seen,
        "standard": version.standard.uid,
        "version": version.version,
        "note": version.note,
        "by": version.created_by.uid,
        "created_at": permits.exact(version.created_at),
        "rules": len(rules),
        "rules_sha256": sha256_hex(canonical_bytes(told)),
    }


def _told(version: StandardVersion, rule: Rule) -> list[Any]:
    told = [rule.object_name, rule.rule_id, rule.kind, rule.columns, rule.severity, rule.dimension]
    told += [rule.sentence, rule.sentence_zh]
    if version.compiled:  # versions stored before forms were kept have none
        told += [rule.form, rule.place, rule.removable, rule.entry]
    return told


def adoption_content(version: StandardVersion) -> dict[str, Any]:
    """What the ledger seals of an adoption: under which permit, and when."""
    since = permits.exact(version.in_force_at) if version.in_force_at else ""
    return {"permit": version.adopted_by, "since": since}


def rules_write(version: StandardVersion, rules: Sequence[CompiledRule]) -> list[Rule]:
    """The rule rows of a version's present text; part of a service that writes that text."""
    rows = [
        Rule(
            version=version,
            position=position,
            object_name=rule.object_name,
            rule_id=rule.rule_id,
            kind=rule.kind,
            columns=list(rule.columns),
            severity=rule.severity,
            dimension=rule.dimension,
            sentence=rule.sentence,
            sentence_zh=rule.sentence_zh,
            form=rule.form,
            place=rule.place,
            removable=rule.removable,
            entry=dict(rule.entry),
        )
        for position, rule in enumerate(rules)
    ]
    return Rule.objects.bulk_create(rows)


def _move(version: StandardVersion, target: str, **values: object) -> None:
    """Compare-and-set along STANDARD_TRANSITIONS. Raises WrongTransition."""
    sources = [source for source, targets in STANDARD_TRANSITIONS.items() if target in targets]
    moved = StandardVersion.objects.filter(pk=version.pk, status__in=sources).update(status=target, **values)
    if not moved:
        raise WrongTransition(source=version.status, target=target)
    version.refresh_from_db()


@transaction.atomic
def standard_version_propose(*, actor: User, version: StandardVersion) -> StandardVersion:
    """draft → proposed: from here a case may be opened about its digest."""
    _move(version, StandardStatus.PROPOSED)
    ledger.append(type="standard_version.proposed", actor=actor, subject=subject_of(version))
    return version


@transaction.atomic
def standard_version_adopt(*, actor: User | None, version: StandardVersion, permit_uid: str) -> bool:
    """proposed → in force under an adoption permit; the one in force before is superseded.

    Returns False when it already is in force (a reactor may run twice).
    """
    if StandardVersion.objects.filter(pk=version.pk, status=StandardStatus.IN_FORCE).exists():
        return False
    others = StandardVersion.objects.filter(standard=version.standard_id, status=StandardStatus.IN_FORCE)
    superseded = list(others.values_list("uid", flat=True))
    others.update(status=StandardStatus.SUPERSEDED)
    _move(version, StandardStatus.IN_FORCE, in_force_at=timezone.now(), adopted_by=permit_uid)
    outbox.emit("standard_version.in_force", subject_of(version))
    ledger.append(
        type="standard_version.in_force",
        actor=actor,
        subject=subject_of(version),
        data={**adoption_content(version), "supersedes": superseded},
    )
    return True
