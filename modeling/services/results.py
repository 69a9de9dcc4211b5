"""Writing what comes of a run: scores, the registered model with its card; quarantine and promotion."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from catalog.services.lineage import lineage_edge_add
from governance import ledger, outbox
from governance.exceptions import Conflict
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling import sealing
from modeling.choices import MODEL_TRANSITIONS, ModelState
from modeling.exceptions import ModelNotUsable
from modeling.models import Evaluation, ModelCard, ModelVersion, TrainingRun
from modeling.services import runs

MOST_NUMBERINGS = 10


def model_subject(model: ModelVersion) -> SubjectRef:
    return SubjectRef("model_version", model.uid, model.digest)


@transaction.atomic
def evaluation_record(*, run: TrainingRun, report: dict[str, Any]) -> None:
    """Store every metric of every model with n, interval, and our paired difference to it."""
    gains = {(d["metric"], d["against"]): d for d in report["differences"]}
    rows = [_evaluation(run, row, gains.get((row["metric"], row["model"]))) for row in report["metrics"]]
    Evaluation.objects.filter(run=run).delete()
    Evaluation.objects.bulk_create(rows)


def _evaluation(run: TrainingRun, row: dict[str, Any], gain: dict[str, Any] | None) -> Evaluation:
    found = gain or {}
    return Evaluation(
        run=run,
        metric=row["metric"],
        model=row["model"],
        n=row["n"],
        value=row["value"],
        low=row["low"],
        high=row["high"],
        gain=found.get("value"),
        gain_low=found.get("low"),
        gain_high=found.get("high"),
        verdict=found.get("verdict", ""),
    )


@transaction.atomic
def model_register(
    *, run: TrainingRun, name: str, digest: str, weights_sha256: str, level: int, cards: dict[str, str]
) -> ModelVersion:
    """Register the result of a run once, with its cards and lineage from every version it read."""
    existing = ModelVersion.objects.filter(run=run).first()
    if existing is not None:
        return existing
    model = _numbered(run=run, name=name, digest=digest, weights_sha256=weights_sha256, level=level)
    ModelCard.objects.bulk_create(
        ModelCard(model=model, language=language, text=text) for language, text in cards.items()
    )
    for part in {i.version_id: i for i in run.inputs.select_related("version")}.values():
        lineage_edge_add(
            source=SubjectRef("dataset_version", part.version.uid, part.version.digest),
            target=model_subject(model),
            by=runs.subject_of(run),
            actor=run.requested_by,
        )
    outbox.emit("model.registered", model_subject(model))
    data = {
        "run": run.uid,
        "name": name,
        "number": model.number,
        "weights_sha256": weights_sha256,
        "plan": run.plan_digest,
        "level": level,
        "scores": sealing.scores_digest(Evaluation.objects.filter(run=run)),
        "cards": [f"{language} {sealing.text_digest(text)}" for language, text in sorted(cards.items())],
    }
    ledger.append(type="model.registered", actor=run.requested_by, subject=model_subject(model), data=data)
    return model


def _numbered(*, name: str, **fields: Any) -> ModelVersion:
    """The next number of the name; another run that took it in the same moment makes this one count again."""
    for _try in range(MOST_NUMBERINGS):
        last = ModelVersion.objects.filter(name=name).aggregate(last=Max("number"))["last"] or 0
        try:
            with transaction.atomic():
                return ModelVersion.objects.create(name=name, number=last + 1, **fields)
        except IntegrityError:
            continue
    raise Conflict


def _move(model: ModelVersion, target: str, reason: str) -> bool:
    sources = [s for s, targets in MODEL_TRANSITIONS.items() if target in targets]
    moved = ModelVersion.objects.filter(pk=model.pk, state__in=sources).update(state=target, reason=reason)
    model.refresh_from_db()
    return bool(moved)


@transaction.atomic
def model_quarantine(*, model: ModelVersion, reason: str, actor: User | None = None) -> bool:
    """Take a model out of use for good; True if it was in use."""
    moved = _move(model, ModelState.QUARANTINED, reason)
    if moved:
        outbox.emit("model.quarantined", model_subject(model))
        ledger.append(
            type="model.quarantined", actor=actor, subject=model_subject(model), data={"reason": reason}
        )
    return moved


@transaction.atomic
def model_promote(*, actor: User | None, model: ModelVersion, permit_uid: str) -> None:
    """registered → promoted under a promotion permit. Raises ModelNotUsable."""
    if not _move(model, ModelState.PROMOTED, ""):
        raise ModelNotUsable
    ledger.append(
        type="model.promoted", actor=actor, subject=model_subject(model), data={"permit": permit_uid}
    )
