"""Writing validation runs: asked for, then stored with outcomes, profile, incident and event at once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from catalog.choices import (
    Engine,
    EnginePolicy,
    EngineReason,
    GateState,
    IncidentKind,
    IncidentState,
    Severity,
)
from catalog.exceptions import Conflict
from catalog.models import (
    DatasetVersion,
    Incident,
    Profile,
    RuleOutcome,
    ValidationReport,
    ValidationRun,
)
from catalog.services.incidents import incident_open, incident_resolve
from catalog.services.suggestions import suggestions_write
from catalog.services.versions import version_ref
from governance import jobs, ledger, outbox
from governance.choices import JobState, StandardStatus
from governance.models import StandardVersion, User
from governance.record.canonical import canonical_bytes, sha256_hex


@dataclass(frozen=True, slots=True)
class ProfiledColumn:
    """Statistics of one column as the engine reports them, already masked."""

    column: str
    data: Mapping[str, Any]


def report_digest(run: ValidationRun) -> str:
    """Of the stored report's bytes; "" for a run without one."""
    row = ValidationReport.objects.filter(run=run).first()
    return "" if row is None else f"sha256:{sha256_hex(bytes(row.document))}"


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """What was asked for (auto, polars, spark), what that came to, and why (catalog/engine_choice.py)."""

    asked: str = EnginePolicy.AUTO
    name: str = Engine.POLARS
    reason: str = EngineReason.NO_SPARK


@dataclass(frozen=True, slots=True)
class DryRun:
    """A standard tried out on a version: on which object of it, and how many first rows (None: all)."""

    object_name: str
    sample_rows: int | None


@transaction.atomic
def validation_start(
    *,
    actor: User,
    version: DatasetVersion,
    standard_version: StandardVersion,
    references: Mapping[str, str],
    previous: DatasetVersion | None,
    engine: ChosenEngine,
    dry: DryRun | None = None,
) -> ValidationRun:
    """Write the job with everything it will read named by uid, so that the result can be re-proved."""
    run = ValidationRun.objects.create(
        version=version,
        standard_version=standard_version,
        standard_digest=standard_version.digest,
        dry_run=dry is not None,
        sample_rows=dry.sample_rows if dry else None,
        object_name=dry.object_name if dry else version.dataset.object_name,
        references=dict(references),
        previous=previous,
        engine_asked=engine.asked,
        engine_name=engine.name,
        engine_reason=engine.reason,
        requested_by=actor,
        progress_total=standard_version.rules.count(),
    )
    data = {
        "run": run.uid,
        "standard_version": standard_version.uid,
        "references": dict(references),
        "engine": str(engine.name),
    }
    if dry is not None:
        data["dry_run"] = {"standard_digest": run.standard_digest, "sample_rows": dry.sample_rows}
    ledger.append(type="validation.requested", actor=actor, subject=version_ref(version), data=data)
    return run


def outcome_content(outcomes: Sequence[RuleOutcome]) -> list[list[Any]]:
    """What the ledger seals of the outcomes: exact counts and verdicts in report order."""
    return [
        [o.position, o.rule_id, o.severity, o.verdict, o.reason, o.failing_rows, o.checked_rows, o.waived]
        for o in outcomes
    ]


def outcomes_digest(outcomes: Sequence[RuleOutcome]) -> str:
    return f"sha256:{sha256_hex(canonical_bytes(outcome_content(outcomes)))}"


def _outcome_row(run: ValidationRun, position: int, rule: Mapping[str, Any]) -> RuleOutcome:
    return RuleOutcome(
        run=run,
        position=position,
        rule_id=rule["id"],
        kind=rule["kind"],
        name=rule.get("name") or "",
        columns=list(rule["columns"]),
        severity=rule["severity"],
        dimension=rule["dimension"],
        level=rule["level"],
        verdict=rule["verdict"],
        reason=rule["reason"] or "",
        failing_rows=rule["failing_rows"],
        checked_rows=rule["checked_rows"],
        threshold=rule["threshold"],
        observed=rule["observed"],
        details=without_nul(rule.get("details") or {}),
        samples=without_nul(rule["samples"]),
        waived=rule.get("waived") or "",
        message_en=rule["message_en"],
        message_zh=rule["message_zh"],
        pandera=rule.get("pandera", ""),
    )


def without_nul(value: Any) -> Any:
    """The same plain JSON without NUL characters in texts: PostgreSQL stores none."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, Mapping):
        return {without_nul(name): without_nul(part) for name, part in value.items()}
    return [without_nul(part) for part in value] if isinstance(value, list | tuple) else value


@transaction.atomic
def validation_store(
    *,
    run: ValidationRun,
    document: bytes,
    profile: Sequence[ProfiledColumn] = (),
    gate_until: dt.datetime | None = None,
    work: Mapping[str, Any] | None = None,
    suggestions: Sequence[Mapping[str, Any]] = (),
) -> ValidationRun:
    """Store a report (JSON text, validation-report.schema.json) with what is read from it, and end the run.

    Raises Conflict when another attempt holds the run: then nothing of this one is stored.
    """
    report = json.loads(document)
    outcomes = [_outcome_row(run, place, rule) for place, rule in enumerate(report["rules"], start=1)]
    RuleOutcome.objects.bulk_create(outcomes)
    ValidationReport.objects.create(run=run, document=document)
    score = report["score"]
    values = {
        "verdict": report["verdict"],
        "gate": report["gate"],
        "gate_until": gate_until,
        "score": score_text(score["total"]),
        "dimensions": {name: score_text(value) for name, value in score["dimensions"].items()},
        "counts": dict(report["counts"]),
        "rows": report["rows"],
        "not_executed": without_nul(report["not_executed"]),
        "warnings": without_nul(report["warnings"]),
        "engine": dict(report["engine"]),
        "work": {**run.work, **(work or {}), "step": ""},
        "outcomes_digest": outcomes_digest(outcomes),
        "report_digest": f"sha256:{sha256_hex(document)}",
        "progress_done": len(outcomes),
        "progress_total": len(outcomes),
    }
    ValidationRun.objects.filter(pk=run.pk).update(**values)
    if not jobs.move(run, JobState.SUCCEEDED):
        raise Conflict
    run.refresh_from_db()
    ref = version_ref(run.version)
    if not run.dry_run:  # it tells nothing about the version that anybody may rely on
        _store_profile(run.version, profile)
        suggestions_write(run, without_nul(list(suggestions)))
        _settle_incidents(run, outcomes)
        outbox.emit("validation.finished", ref)
    ledger.append(type="validation.finished", actor=None, subject=ref, data=run_content(run))
    return run


def run_content(run: ValidationRun) -> dict[str, Any]:
    """What the ledger seals of a finished run's row. Older runs have no report of their own."""
    sealed: dict[str, Any] = {"report": run.report_digest} if run.report_digest else {}
    if run.dry_run:
        sealed["dry_run"] = {"sample_rows": run.sample_rows}
    return {
        "run": run.uid,
        "standard_version": run.standard_version.uid,
        "standard_digest": run.standard_digest,
        "verdict": run.verdict,
        "gate": run.gate,
        "score": run.score,
        "rows": run.rows,
        "outcomes": run.outcomes_digest,
        **sealed,
    }


def validation_note(*, run: ValidationRun, work: Mapping[str, Any]) -> None:
    """Keep what a running attempt is doing, for its page; not in the ledger."""
    rows = ValidationRun.objects.filter(pk=run.pk, state=JobState.RUNNING, attempt=run.attempt)
    rows.update(work=dict(work))
    run.work = dict(work)


def score_text(value: float | None) -> str:
    """A score as text with two decimals, as the engine rounded it; "" where there is none."""
    return "" if value is None else f"{value:.2f}"


def _store_profile(version: DatasetVersion, profile: Sequence[ProfiledColumn]) -> None:
    """A version's statistics never change: the first run that has them stores them."""
    if not profile or Profile.objects.filter(version=version).exists():
        return
    Profile.objects.bulk_create(
        Profile(version=version, position=place, column=one.column, data=without_nul(dict(one.data)))
        for place, one in enumerate(profile, start=1)
    )


def _settle_incidents(run: ValidationRun, outcomes: Sequence[RuleOutcome]) -> None:
    """A failed blocker opens an incident; an open gate resolves those of this and earlier versions.

    A dry run against a version that is not in force does neither.
    """
    if run.standard_version.status != StandardStatus.IN_FORCE:
        return
    if run.gate == GateState.CLOSED:
        blockers = [
            o for o in outcomes if o.severity == Severity.BLOCKER and o.verdict != "passed" and not o.waived
        ]
        facts = {o.rule_id: o.failing_rows for o in blockers}
        incident_open(kind=IncidentKind.BLOCKER_FAILED, version=run.version, run=run, facts=facts)
        return
    if run.gate != GateState.OPEN:
        return
    earlier = Incident.objects.filter(
        version__dataset=run.version.dataset,
        version__number__lte=run.version.number,
        kind=IncidentKind.BLOCKER_FAILED,
        state=IncidentState.OPEN,
    )
    for incident in earlier.select_related("version", "dataset"):
        incident_resolve(actor=None, incident=incident, note=f"validation_run:{run.uid}")
