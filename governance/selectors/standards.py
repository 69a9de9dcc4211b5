"""Reads of standards, their versions and rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from governance.choices import Dimension, Severity, StandardStatus
from governance.models import DraftEdit, Rule, Standard, StandardVersion, User
from governance.numbering import shape_changed
from governance.record.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule before and after; `op` is add, change or del."""

    op: str
    before: Rule | None
    after: Rule | None

    @property
    def name(self) -> str:
        rule = self.after or self.before
        return f"{rule.object_name}.{rule.rule_id}" if rule else ""


@dataclass(frozen=True, slots=True)
class StandardRow:
    """A standard as the list shows it: its version in force, else the newest."""

    standard: Standard
    version: StandardVersion | None
    rules: int


def standards_list(user: User) -> QuerySet[Standard]:
    return Standard.objects.visible_to(user).select_related("owner")


def standard_rows(standards: Sequence[Standard]) -> list[StandardRow]:
    """Present version and rule count of a page of standards, in two queries whatever its length."""
    versions = (
        StandardVersion.objects.filter(standard__in=[s.pk for s in standards])
        .defer("document")
        .annotate(rule_count=Count("rules"))
        .order_by("created_at", "id")
    )
    shown: dict[int, StandardVersion] = {}
    for version in versions:
        held = shown.get(version.standard_id)
        if held is None or held.status != "in_force":
            shown[version.standard_id] = version
    return [_standard_row(standard, shown.get(standard.pk)) for standard in standards]


def _standard_row(standard: Standard, version: StandardVersion | None) -> StandardRow:
    return StandardRow(standard, version, getattr(version, "rule_count", 0))


def version_in_force(standard_name: str) -> StandardVersion | None:
    return StandardVersion.objects.in_force().filter(standard__name=standard_name).first()


def version_by_uid(uid: str) -> StandardVersion | None:
    return StandardVersion.objects.select_related("standard").filter(uid=uid).first()


def standard_digests(uids: Collection[str]) -> dict[str, str]:
    """Digests recomputed from the stored bytes: a version changed behind its back is another subject."""
    rows = StandardVersion.objects.filter(uid__in=uids).values_list("uid", "document")
    return {uid: f"sha256:{sha256_hex(bytes(document))}" for uid, document in rows}


def document_of(version: StandardVersion, digest: str) -> bytes | None:
    """The text of a version that has this digest: the present one, or one a draft had before an edit."""
    if version.digest == digest:
        return bytes(version.document)
    before = DraftEdit.objects.filter(version=version, digest=digest).first()
    return bytes(before.document) if before else None


def rules_of(version: StandardVersion) -> QuerySet[Rule]:
    return Rule.objects.filter(version=version)


def severity_counts(version: StandardVersion) -> dict[str, int]:
    """How many rules of each severity a version has, the gravest first."""
    counted = dict(
        Rule.objects.filter(version=version).values_list("severity").annotate(total=Count("id")).order_by()
    )
    return {word: counted.get(word, 0) for word in Severity.values}


@dataclass(frozen=True, slots=True)
class Coverage:
    """Declared columns and those that a rule beyond their type judges, in all and by dimension."""

    total: int
    covered: int
    without: tuple[str, ...]
    dimensions: tuple[tuple[str, int], ...]


def coverage_of(version: StandardVersion) -> Coverage:
    """One query; a column is told by its object and name."""
    rows = list(Rule.objects.filter(version=version).exclude(kind="dtype"))
    declared = [(column["object"], column["name"]) for column in version.compiled.get("columns", ())]
    judged = {(rule.object_name, name) for rule in rows for name in rule.columns}
    names = declared or sorted(judged)
    by_dimension = {
        word: {(r.object_name, name) for r in rows if r.dimension == word for name in r.columns}
        for word in Dimension.values
    }
    several = len({name for name, _column in names}) > 1
    without = tuple(f"{o}.{c}" if several else c for o, c in names if (o, c) not in judged)
    counts = tuple((word, len(found & set(names))) for word, found in by_dimension.items())
    return Coverage(len(names), len(names) - len(without), without, counts)


def change_size(before: StandardVersion, after: StandardVersion, changes: Sequence[RuleChange]) -> str:
    """major: a column is gone or of another shape; minor: a rule changed; patch: words; "": same bytes."""
    if shape_changed(before.compiled, after.compiled):
        return "major"
    if changes:
        return "minor"
    return "patch" if before.digest != after.digest else ""


def rules_offered(version: StandardVersion) -> dict[str, list[str]]:
    """What a filter over a version's rules can choose: severities the gravest first, objects, kinds."""
    fields = ("severity", "dimension", "object_name", "kind")
    found = list(Rule.objects.filter(version=version).order_by().values_list(*fields).distinct())
    severities, dimensions, objects, kinds = ({row[place] for row in found} for place in range(len(fields)))
    return {
        "severity": [word for word in Severity.values if word in severities],
        "dimension": [word for word in Dimension.values if word in dimensions],
        "object_name": sorted(objects),
        "kind": sorted(kinds),
    }


def rules_found(version: StandardVersion, wanted: Mapping[str, str]) -> QuerySet[Rule]:
    """The rules that fit a filter, in the order of the document."""
    rows = Rule.objects.filter(version=version)
    if q := wanted.get("q"):
        words = Q(rule_id__icontains=q) | Q(sentence__icontains=q) | Q(sentence_zh__icontains=q)
        rows = rows.filter(words)
    fields = ("severity", "dimension", "object_name", "kind")
    exact = {name: wanted[name] for name in fields if wanted.get(name)}
    return rows.filter(**exact)


def version_compared(version: StandardVersion) -> StandardVersion | None:
    """What a reader compares a version with: the one it was drafted from, else the one in force; for that one
    the one it superseded."""
    if version.base_id is not None:
        return StandardVersion.objects.filter(pk=version.base_id).defer("document").first()
    others = (
        StandardVersion.objects.filter(standard=version.standard_id).exclude(pk=version.pk).defer("document")
    )
    if version.status == StandardStatus.IN_FORCE:
        return others.filter(status=StandardStatus.SUPERSEDED).order_by("-in_force_at").first()
    return others.in_force().first()


def rule_changes(before: StandardVersion, after: StandardVersion) -> list[RuleChange]:
    """Rules added, changed and removed, by object and id, in two queries."""
    old, new = (
        {(r.object_name, r.rule_id): r for r in Rule.objects.filter(version=v)} for v in (before, after)
    )
    changes = [RuleChange("del", old[key], None) for key in old if key not in new]
    for key, rule in new.items():
        if key not in old:
            changes.append(RuleChange("add", None, rule))
        elif _said(old[key]) != _said(rule):
            changes.append(RuleChange("change", old[key], rule))
    return sorted(changes, key=lambda change: (change.name, change.op))


def edits_of(version: StandardVersion) -> QuerySet[DraftEdit]:
    """The edits of a draft, newest first, without their texts."""
    return version.edits.select_related("by").defer("document")


def rule_named(version: StandardVersion, object_name: str, rule_id: str) -> Rule | None:
    return Rule.objects.filter(version=version, object_name=object_name, rule_id=rule_id).first()


def _said(rule: Rule) -> tuple[Any, ...]:
    return (rule.kind, rule.columns, rule.severity, rule.dimension, rule.sentence)
