"""Verifiers for `ledger verify`: every plan, run and model against what the ledger sealed of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from governance.models import LedgerEntry
from modeling.choices import ModelState, Priority
from modeling.models import Evaluation, ModelVersion, TrainingPlan, TrainingRun
from modeling.sealing import input_lines, scores_digest, text_digest
from modeling.training.config import parse_plan, plan_digest
from modeling.training.failures import Refused

Fault = tuple[str, str]


def _entries(type_: str) -> dict[str, LedgerEntry]:
    """Accepted entries of a type by subject; the last one where there are several."""
    rows = LedgerEntry.objects.filter(type=type_, accepted=True).order_by("seq")
    return {entry.subject_id: entry for entry in rows.iterator()}


def _data(entry: LedgerEntry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(entry.data)
    return found


def verify_plans() -> Iterator[Fault]:
    """The stored document gives the digest that was sealed when the plan was frozen."""
    sealed = _entries("training_plan.created")
    for plan in TrainingPlan.objects.iterator():
        entry = sealed.pop(plan.uid, None)
        if entry is None:
            yield f"training_plan {plan.uid}", "entry_missing"
        elif not entry.subject_digest == plan.digest == _digest(plan.document):
            yield f"training_plan {plan.uid}", "row_differs"
    for uid in sealed:
        yield f"training_plan {uid}", "row_missing"


def _digest(document: str) -> str:
    try:
        return plan_digest(parse_plan(document))
    except (Refused, ValueError):
        return ""


def verify_runs() -> Iterator[Fault]:
    """Inputs, plan, cost asked, permits and end of every run."""
    asked, admitted = _entries("run.requested"), _entries("run.admitted")
    hurried = _entries("run.prioritised")
    ended = {e.subject_id: e for e in LedgerEntry.objects.filter(type="run.ended").order_by("seq").iterator()}
    for run in TrainingRun.objects.select_related("plan").prefetch_related("inputs__version").iterator(200):
        place = f"training_run {run.uid}"
        entry = asked.pop(run.uid, None)
        if entry is None:
            yield place, "entry_missing"
            continue
        as_sealed = _asked_for(entry) == _as_asked(run) and entry.subject_digest == run.plan_digest
        if not as_sealed or run.priority != _priority(entry, hurried.get(run.uid)):
            yield place, "row_differs"
        if run.uid in admitted and not _permits_agree(run, admitted[run.uid]):
            yield place, "permits_differ"
        end = ended.get(run.uid)
        if run.is_over != (end is not None) or (end is not None and _data(end)["state"] != run.state):
            yield place, "end_differs"
    for uid in asked:
        yield f"training_run {uid}", "row_missing"


def _as_asked(run: TrainingRun) -> dict[str, Any]:
    return {
        "plan": run.plan.uid,
        "inputs": input_lines(run.inputs.all()),
        "cpu_seconds": run.cpu_seconds_asked,
        **({"device_seconds": run.device_seconds_asked} if run.device_seconds_asked else {}),
        **({"external": True} if run.external else {}),
    }


def _asked_for(entry: LedgerEntry) -> dict[str, Any]:
    """What was sealed of a request that nothing changes afterwards: a priority may be changed."""
    return {name: value for name, value in _data(entry).items() if name != "priority"}


def _priority(asked: LedgerEntry, changed: LedgerEntry | None) -> int:
    """The priority that was sealed last."""
    return int(_data(changed or asked).get("priority", Priority.NORMAL))


def _permits_agree(run: TrainingRun, entry: LedgerEntry) -> bool:
    bound = {part.permit_uid for part in run.inputs.all() if part.permit_uid}
    return bool(sorted(bound) == _data(entry)["permits"])


def verify_models() -> Iterator[Fault]:
    """Digest, weights, level, scores, cards and state of every model."""
    made, promoted = _entries("model.registered"), _entries("model.promoted")
    quarantined = _entries("model.quarantined")
    for model in ModelVersion.objects.select_related("run").prefetch_related("cards").iterator(200):
        place = f"model_version {model.uid}"
        entry = made.pop(model.uid, None)
        if entry is None:
            yield place, "entry_missing"
            continue
        if entry.subject_digest != model.digest or _data(entry) != _as_made(model):
            yield place, "row_differs"
        if model.state != _state(model.uid, promoted, quarantined):
            yield place, "state_differs"
    for uid in made:
        yield f"model_version {uid}", "row_missing"


def _as_made(model: ModelVersion) -> dict[str, Any]:
    return {
        "run": model.run.uid,
        "name": model.name,
        "number": model.number,
        "weights_sha256": model.weights_sha256,
        "plan": model.run.plan_digest,
        "level": model.level,
        "scores": scores_digest(Evaluation.objects.filter(run=model.run)),
        "cards": [
            f"{card.language} {text_digest(card.text)}"
            for card in sorted(model.cards.all(), key=lambda card: card.language)
        ],
    }


def _state(uid: str, promoted: dict[str, LedgerEntry], quarantined: dict[str, LedgerEntry]) -> str:
    if uid in quarantined:
        return ModelState.QUARANTINED
    return ModelState.PROMOTED if uid in promoted else ModelState.REGISTERED
