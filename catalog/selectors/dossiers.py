"""What a committee's dossier tells of a dataset and a version: whole numbers and texts only, masked.

A dossier is read by everybody who may see the case, so cells and figures are masked from the level on at
which cells are masked or reading them takes a right, whichever is lower.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from catalog.choices import MASK_FROM, Role
from catalog.models import Column, Dataset, DatasetVersion, Incident, Ownership, RuleOutcome, ValidationRun
from catalog.selectors.evidence import approved_before
from catalog.selectors.gates import contract_digest, gate_of
from catalog.selectors.profiles import counts_of, profile_rows
from catalog.selectors.versions import contributors, latest_version, version_by_uid
from governance.choices import AccessAction, JobState
from governance.permits import instant
from governance.selectors import access_level

MASKED = "***"
MOST_CHANGES = 60
UNCLASSIFIED = 2


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column of the newest version; level 0 where nobody classified it."""

    name: str
    type: str
    level: int
    pii: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What is decided about a dataset: its contract now, its newest version, who made it.

    `level` is the highest of its own and its columns'. Without a version `latest_uid` is "".
    """

    uid: str
    name: str
    title: str
    title_zh: str
    domain: str
    level: int
    digest: str
    archived: bool
    columns: tuple[ColumnFacts, ...]
    latest_uid: str
    latest_number: int
    rows: int
    contributor_uids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """How a rule came out in the check the gate of the newest version rests on."""

    rule_id: str
    verdict: str
    level: str
    severity: str
    failing_rows: int | None
    checked_rows: int | None
    message_en: str
    message_zh: str
    run_uid: str
    standard_digest: str
    data_digest: str
    version_number: int


def dataset_facts(uid: str) -> DatasetFacts | None:
    """Facts of a dataset; None where it does not exist. Rights are the caller's to check."""
    dataset = Dataset.objects.select_related("standard", "created_by").filter(uid=uid).first()
    if dataset is None:
        return None
    version = latest_version(dataset)
    columns = tuple(_columns(version)) if version else ()
    makers = contributors(version) if version else ()
    return DatasetFacts(
        uid=dataset.uid,
        name=dataset.name,
        title=dataset.title,
        title_zh=dataset.title_zh,
        domain=dataset.domain,
        level=max([dataset.level, *(column.level for column in columns)]),
        digest=contract_digest(dataset),
        archived=dataset.archived_at is not None,
        columns=columns,
        latest_uid=version.uid if version else "",
        latest_number=version.number if version else 0,
        rows=version.rows if version else 0,
        contributor_uids=tuple(dict.fromkeys((dataset.created_by.uid, *makers))),
    )


def _columns(version: DatasetVersion) -> Iterable[ColumnFacts]:
    for row in Column.objects.filter(version=version):
        yield ColumnFacts(row.name, row.type, row.level or 0, tuple(row.pii))


def unclassified_columns(version_uid: str) -> list[str]:
    rows = Column.objects.filter(version__uid=version_uid, level=None)
    return list(rows.values_list("name", flat=True))


def failing_rules(dataset_uid: str) -> list[RuleFacts]:
    """Rules that failed, or could not be judged, in the check the gate of the newest version rests on."""
    dataset = Dataset.objects.select_related("standard").filter(uid=dataset_uid).first()
    version = latest_version(dataset) if dataset else None
    run = _gate_run(version) if version else None
    if run is None or version is None:
        return []
    rows = RuleOutcome.objects.filter(run=run).exclude(verdict="passed").order_by("position")
    return [_rule_facts(row, run, version) for row in rows]


def _gate_run(version: DatasetVersion) -> ValidationRun | None:
    rows = ValidationRun.objects.select_related("standard_version__standard")
    return rows.filter(uid=gate_of(version.uid).run_uid).first()


def _rule_facts(row: RuleOutcome, run: ValidationRun, version: DatasetVersion) -> RuleFacts:
    return RuleFacts(
        rule_id=row.rule_id,
        verdict=row.verdict,
        level=row.level,
        severity=row.severity,
        failing_rows=row.failing_rows,
        checked_rows=row.checked_rows,
        message_en=row.message_en,
        message_zh=row.message_zh,
        run_uid=run.uid,
        standard_digest=run.standard_version.digest,
        data_digest=version.digest,
        version_number=version.number,
    )


def rule_history(dataset_uid: str, rule_id: str, most: int = 12) -> list[dict[str, Any]]:
    """How a rule came out in the last checks of a dataset, oldest first."""
    runs = ValidationRun.objects.evidence().filter(version__dataset__uid=dataset_uid)
    newest = list(runs.select_related("version").order_by("-finished_at", "-pk")[:most])
    outcomes = {o.run_id: o for o in RuleOutcome.objects.filter(run__in=newest, rule_id=rule_id)}
    return [
        {
            "version": f"v{run.version.number}",
            "checked_at": instant(run.finished_at) if run.finished_at else "",
            "verdict": outcomes[run.pk].verdict,
            "failing_rows": _count(outcomes[run.pk].failing_rows),
            "checked_rows": _count(outcomes[run.pk].checked_rows),
        }
        for run in reversed(newest)
        if run.pk in outcomes
    ]


def _count(value: int | None) -> int:
    return -1 if value is None else value


def failing_samples(
    run_uid: str, *, rule_id: str = "", rules: int = 5, rows: int = 3
) -> list[dict[str, Any]]:
    """Masked failing rows of the gravest unmet rules of a check, or of one rule."""
    run = ValidationRun.objects.select_related("version__dataset").filter(uid=run_uid).first()
    if run is None:
        return []
    unmet = RuleOutcome.objects.filter(run=run, verdict="failed").order_by("position")
    if rule_id:
        unmet = unmet.filter(rule_id=rule_id)
    with_rows = [outcome for outcome in unmet if outcome.samples]
    graver = sorted(with_rows, key=lambda o: ("blocker", "major", "minor", "info").index(o.severity))
    hidden = hidden_columns(run.version)
    return [
        _sample(outcome.rule_id, sample, hidden)
        for outcome in graver[:rules]
        for sample in outcome.samples[:rows]
    ]


def _sample(rule_id: str, sample: dict[str, Any], hidden: set[str]) -> dict[str, Any]:
    cells = {**(sample.get("key") or {}), **(sample.get("values") or {})}
    shown = {name: MASKED if name in hidden else _text(value) for name, value in cells.items()}
    return {"rule": rule_id, "row": _text(sample.get("row")), "cells": shown}


def hidden_columns(version: DatasetVersion) -> set[str]:
    """Columns of which nothing that tells a value is shown: what a page would mask."""
    floor = min(MASK_FROM, access_level(AccessAction.READ))
    other = version.dataset.level if version.dataset.level >= MASK_FROM else UNCLASSIFIED
    levels = Column.objects.filter(version=version).values_list("name", "level")
    return {name for name, level in levels if (level or other) >= floor}


def _text(value: Any) -> str:
    """A value as canonical JSON can hold it: figures as decimal text, never in powers of ten."""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".") or "0"
    return "" if value is None else str(value)[:200]


def profile_changes(version_uid: str) -> list[dict[str, str]]:
    """What moved in the columns' statistics since the last approved version."""
    version = version_by_uid(version_uid)
    before = approved_before(version) if version else None
    if version is None or before is None:
        return []
    hidden = hidden_columns(version) | hidden_columns(before)
    found: list[dict[str, str]] = []
    for row in profile_rows(version, before):
        now, then = row.facts, row.before
        if then is None:
            continue
        if row.name in hidden:
            now, then = counts_of(now), counts_of(then)
        found += [{"column": row.name, **change} for change in _moved(then, now, row.moved)]
    return found[:MOST_CHANGES]


def _moved(then: dict[str, Any], now: dict[str, Any], psi: float | None) -> Iterable[dict[str, str]]:
    for what, old, new, least in _figures(then, now):
        if old is None or new is None or old == new or abs(new - old) < least:
            continue
        yield {"what": what, "before": _text(old), "after": _text(new)}
    if psi is not None and psi >= 0.1:
        yield {"what": "PSI", "before": "", "after": _text(psi)}


def _figures(then: dict[str, Any], now: dict[str, Any]) -> Iterable[tuple[str, Any, Any, float]]:
    """Each statistic that is compared: its name, both values, and the least difference that is told."""
    yield "missing share", then.get("missing_share"), now.get("missing_share"), 0.001
    yield "distinct", then.get("distinct"), now.get("distinct"), 1
    yield "mean", then.get("mean"), now.get("mean"), 0.0001
    quantiles, old = now.get("quantiles") or {}, then.get("quantiles") or {}
    for share in ("0.05", "0.5", "0.95"):
        yield f"quantile {share}", old.get(share), quantiles.get(share), 0.0001
    shares, before = _shares(now), _shares(then)
    for name in [*shares][:5]:
        yield f"share of “{name}”", before.get(name), shares[name], 0.01


def _shares(facts: dict[str, Any]) -> dict[str, float]:
    count = facts.get("count") or 0
    return {str(top["value"])[:80]: top["count"] / count for top in facts.get("top") or [] if count}


@dataclass(frozen=True, slots=True)
class ContractChange:
    """Columns and the standard's version against the last approved version; `against` is "" without one."""

    against: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    retyped: tuple[tuple[str, str, str], ...]
    standard_then: str
    standard_now: str


def contract_change(version_uid: str) -> ContractChange | None:
    """None where there is no such version."""
    version = version_by_uid(version_uid)
    if version is None:
        return None
    before = approved_before(version)
    if before is None:
        return ContractChange("", (), (), (), "", _standard_of(version))
    now, then = ({c.name: _shape(c) for c in _columns(v)} for v in (version, before))
    return ContractChange(
        against=f"v{before.number}",
        added=tuple(name for name in now if name not in then),
        removed=tuple(name for name in then if name not in now),
        retyped=tuple((n, then[n], now[n]) for n in now if n in then and then[n] != now[n]),
        standard_then=_standard_of(before),
        standard_now=_standard_of(version),
    )


def _shape(column: ColumnFacts) -> str:
    return f"{column.type}, L{column.level}" if column.level else column.type


def _standard_of(version: DatasetVersion) -> str:
    """The text the newest finished check of the version was made against."""
    runs = (
        ValidationRun.objects.evidence().filter(version=version).select_related("standard_version__standard")
    )
    run = runs.order_by("-finished_at", "-pk").first()
    return f"{run.standard_version.standard.name} {run.standard_version.version}" if run else ""


def open_incidents(dataset_uid: str) -> list[dict[str, str]]:
    rows = Incident.objects.open().filter(dataset__uid=dataset_uid).select_related("version")
    return [
        {
            "kind": row.kind,
            "severity": row.severity,
            "version": f"v{row.version.number}",
            "opened_at": instant(row.opened_at),
            "due_at": instant(row.due_at),
        }
        for row in rows[:20]
    ]


def people_of(dataset_uids: Iterable[str]) -> list[dict[str, str]]:
    """Owners and consumers of datasets today, by name, the datasets in order of name."""
    rows = Ownership.objects.current().filter(dataset__uid__in=set(dataset_uids), user__is_active=True)
    wanted = rows.filter(role__in=(Role.OWNER, Role.CONSUMER)).select_related("dataset", "user")
    return [
        {"dataset": row.dataset.name, "role": row.role, "person": row.user.name}
        for row in wanted.order_by("dataset__name", "-role", "user__name")[:100]
    ]


def datasets_of(version_uids: Iterable[str]) -> dict[str, str]:
    """uid and name of the datasets the versions belong to."""
    rows = DatasetVersion.objects.filter(uid__in=set(version_uids))
    return dict(rows.values_list("dataset__uid", "dataset__name").distinct())


def governed_by(standard_uid: str, law_uid: str, most: int = 30) -> list[dict[str, Any]]:
    """Datasets held to a standard: gate and score of the newest version now, and how it came out when tried
    with the version `law_uid` of the standard (a dry run may have judged a sample of the rows only)."""
    rows = Dataset.objects.current().filter(standard__uid=standard_uid).select_related("standard")
    return [_governed(dataset, law_uid) for dataset in rows.order_by("name")[:most]]


def _governed(dataset: Dataset, law_uid: str) -> dict[str, Any]:
    version = latest_version(dataset)
    gate = gate_of(version.uid) if version else None
    tried = _tried(version, law_uid) if version else None
    return {
        "uid": dataset.uid,
        "dataset": dataset.name,
        "version": f"v{version.number}" if version else "",
        "gate": gate.state if gate else "unknown",
        "score": gate.score if gate else "",
        "failed": [rule for rule, _count in gate.failed] if gate else [],
        "tried_gate": tried.gate if tried else "",
        "tried_rows": _count(tried.sample_rows or tried.rows) if tried else 0,
    }


def _tried(version: DatasetVersion, law_uid: str) -> ValidationRun | None:
    """The newest finished check of the version against the text the standard's version has now."""
    rows = ValidationRun.objects.filter(version=version, state=JobState.SUCCEEDED)
    same = rows.filter(standard_version__uid=law_uid, standard_digest=F("standard_version__digest"))
    return same.order_by("-finished_at", "-pk").first()


@dataclass(frozen=True, slots=True)
class FailedRule:
    """A rule that failed in a check of the newest version, with the dataset it might be waived for."""

    dataset_uid: str
    rule_id: str
    failing_rows: int | None


def failed_rule(run_uid: str, rule_id: str) -> FailedRule | None:
    """In one query; None where the rule did not fail there, or the check is not about the newest version."""
    newer = DatasetVersion.objects.filter(
        dataset=OuterRef("run__version__dataset"), number__gt=OuterRef("run__version__number")
    )
    rows = RuleOutcome.objects.filter(run__uid=run_uid, rule_id=rule_id, verdict="failed", run__dry_run=False)
    found = rows.exclude(Exists(newer)).values_list("run__version__dataset__uid", "rule_id", "failing_rows")
    row = found.first()
    return FailedRule(*row) if row else None


def version_uids(dataset_uid: str) -> list[str]:
    return list(DatasetVersion.objects.filter(dataset__uid=dataset_uid).values_list("uid", flat=True))


def domain_of(dataset_uid: str) -> str:
    return Dataset.objects.filter(uid=dataset_uid).values_list("domain", flat=True).first() or ""


def in_domain(domain: str) -> Q:
    """The condition that `subject_id` names a dataset of a domain, or a version of one."""
    datasets = Dataset.objects.filter(domain=domain).values("uid")
    versions = DatasetVersion.objects.filter(dataset__domain=domain).values("uid")
    return Q(subject_id__in=datasets) | Q(subject_id__in=versions)
