"""The scorecard of a version for a dossier: whole numbers and texts only, so that it can be sealed."""

from __future__ import annotations

from typing import Any

from catalog.models import RuleOutcome, ValidationRun
from catalog.selectors.gates import gate_of
from catalog.selectors.versions import version_facts
from governance.permits import instant


def scorecard(version_uid: str) -> dict[str, Any]:
    """Gate, score, dimensions and unmet rules of a version. Ints and strings only; {} if there is no
    version."""
    facts = version_facts(version_uid)
    if facts is None:
        return {}
    gate = gate_of(version_uid)
    run = ValidationRun.objects.select_related("standard_version__standard").filter(uid=gate.run_uid).first()
    return {
        "version": facts.uid,
        "dataset": facts.dataset_name,
        "number": facts.number,
        "digest": facts.digest,
        "level": facts.level,
        "rows": facts.rows,
        "bytes": facts.bytes,
        "columns": len(facts.columns),
        "gate": gate.state,
        "verdict": gate.verdict,
        "waived": [{"rule": rule, "decision": decision} for rule, decision in gate.waived],
        **(
            _run_part(run)
            if run
            else {"run": "", "score": "", "dimensions": {}, "rules": [], "open_questions": []}
        ),
    }


def _run_part(run: ValidationRun) -> dict[str, Any]:
    unmet = RuleOutcome.objects.filter(run=run).exclude(verdict="passed")
    return {
        "run": run.uid,
        "standard": f"{run.standard_version.standard.name} {run.standard_version.version}",
        "standard_digest": run.standard_version.digest,
        "checked_at": instant(run.finished_at) if run.finished_at else "",
        "score": run.score,
        "dimensions": dict(run.dimensions),
        "counts": {name: int(count) for name, count in run.counts.items()},
        "outcomes": run.outcomes_digest,
        "rules": [_rule_part(outcome) for outcome in unmet],
        "open_questions": [str(entry.get("id", "")) for entry in run.not_executed],
    }


def _rule_part(outcome: RuleOutcome) -> dict[str, Any]:
    return {
        "id": outcome.rule_id,
        "kind": outcome.kind,
        "severity": outcome.severity,
        "verdict": outcome.verdict,
        "reason": outcome.reason,
        "failing_rows": -1 if outcome.failing_rows is None else outcome.failing_rows,
        "checked_rows": -1 if outcome.checked_rows is None else outcome.checked_rows,
        "message_en": outcome.message_en,
        "message_zh": outcome.message_zh,
    }
