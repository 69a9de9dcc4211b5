"""From a finished child's folder to scores, model, card and lineage: asked once more, checked, stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance import notices
from governance.exceptions import DomainError
from modeling import cards
from modeling.admission import admit
from modeling.exceptions import ResultUnreadable
from modeling.models import TrainingRun
from modeling.services import results, runs
from modeling.services.handover import run_folder
from modeling.supervision.files import read_object
from modeling.training.backbones import file_sha256


@dataclass(frozen=True, slots=True)
class Finished:
    """A child's result that is about this run and whose weights are the ones on disk."""

    result: dict[str, Any]
    model_digest: str
    weights_sha256: str


def finished(run: TrainingRun) -> Finished:
    """Read and check what the child left. Raises ResultUnreadable. Reads files only; call it before a
    transaction.
    """
    folder = run_folder(run)
    result = read_object(folder / "result.json")
    try:
        reproduce, report = result["reproduce"], result["evaluation"]
        digest, weights = str(reproduce["model_digest"]), str(reproduce["weights_sha256"])
        ours = result["job"] == run.uid and result["identity"]["plan"] == run.plan_digest
        complete = bool(report["metrics"]) and isinstance(report["differences"], list)
        same = file_sha256(folder / "model" / "model.safetensors") == weights
    except (KeyError, TypeError, OSError) as error:
        raise ResultUnreadable from error
    if not (ours and complete and same):
        raise ResultUnreadable
    return Finished(result, digest, weights)


def publish(run: TrainingRun, found: Finished) -> DomainError | None:
    """Ask once more, then store everything; return the refusal where the permit no longer holds."""
    try:
        admit(run, reserved=True)
        texts = cards.cards_of(run, found.result)
    except DomainError as error:
        return error
    TrainingRun.objects.filter(pk=run.pk).update(result=found.result)
    run.result = found.result
    results.evaluation_record(run=run, report=found.result["evaluation"])
    results.model_register(
        run=run,
        name=run.plan.name,
        digest=found.model_digest,
        weights_sha256=found.weights_sha256,
        level=max(part.version.dataset.level for part in run.inputs.select_related("version__dataset")),
        cards=texts,
    )
    _tell_rise(run, found.result["evaluation"].get("trend") or {})
    return None


def _tell_rise(run: TrainingRun, trend: dict[str, Any]) -> None:
    """Tell who asked for the run that the share of a watched class rises over time."""
    if trend.get("rising") is True:
        facts = {"run": run.name, "classes": ", ".join(trend["watched"])[:200], "p": f"{trend['p']:.4f}"}
        notices.send([run.requested_by], "run_trend_rising", runs.subject_of(run), **facts)
