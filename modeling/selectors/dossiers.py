"""What a committee's dossier tells of runs and models: costs, data and permits, licence, what is live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from governance import permits
from governance.choices import JobState
from governance.models import Permit
from modeling.choices import BackboneKind, DataRole
from modeling.models import ModelVersion, RunInput

MOST_RUNS = 200


@dataclass(frozen=True, slots=True)
class RunCosts:
    """Median CPU seconds of finished runs, whole and per 1,000 training rows; `here`: on this dataset.

    n is 0 where there is no run to go by.
    """

    n: int
    here: bool
    per_run: int
    per_thousand_rows: float


NO_RUNS = RunCosts(0, False, 0, 0.0)


def run_costs(dataset_uid: str) -> RunCosts:
    """From the finished runs on the dataset; where there is none, from those on any other."""
    parts = RunInput.objects.filter(
        role=DataRole.TRAIN, run__state=JobState.SUCCEEDED, run__cpu_seconds_used__gt=0, version__rows__gt=0
    )
    figures = parts.order_by("-run__finished_at", "-pk").values_list("run__cpu_seconds_used", "version__rows")
    for here, rows in ((True, figures.filter(version__dataset__uid=dataset_uid)), (False, figures)):
        found = list(rows[:MOST_RUNS])
        if found:
            per_thousand = median(cpu * 1000 / count for cpu, count in found)
            return RunCosts(len(found), here, round(median(cpu for cpu, _count in found)), per_thousand)
    return NO_RUNS


def model_states(uids: Iterable[str]) -> list[dict[str, str]]:
    """Models by name with their state, those in use first."""
    rows = ModelVersion.objects.filter(uid__in=set(uids)).order_by("name", "number")
    listed = [{"model": str(row), "state": row.state, "id": row.uid} for row in rows[:200]]
    return sorted(listed, key=lambda row: row["state"] != "promoted")


@dataclass(frozen=True, slots=True)
class ModelOrigin:
    """What a model was made from: its data with the permits used, and the licence of the pretrained model."""

    data: tuple[dict[str, str], ...]
    dataset_uids: tuple[str, ...]
    backbone: str
    licence: str
    purpose: str


def model_origin(uid: str) -> ModelOrigin | None:
    model = ModelVersion.objects.select_related("run__plan__backbone").filter(uid=uid).first()
    if model is None:
        return None
    parts = list(RunInput.objects.filter(run=model.run_id).select_related("version__dataset"))
    backbone = model.run.plan.backbone
    return ModelOrigin(
        data=tuple(_part(part) for part in parts),
        dataset_uids=tuple(dict.fromkeys(part.version.dataset.uid for part in parts)),
        backbone=backbone.name if backbone.kind == BackboneKind.FOLDER else backbone.place,
        licence=backbone.licence,
        purpose=model.run.plan.purpose,
    )


def _part(part: RunInput) -> dict[str, str]:
    return {
        "role": part.role,
        "version": str(part.version),
        "digest": part.digest,
        "permit": part.permit_uid,
        "permit_status": permits.check(part.permit_uid) if part.permit_uid else "",
    }


def promotions_of(uid: str) -> list[dict[str, Any]]:
    """Permits to promote any version of the model's name, newest first."""
    name = ModelVersion.objects.filter(uid=uid).values_list("name", flat=True).first()
    versions = {m.uid: str(m) for m in ModelVersion.objects.filter(name=name)} if name else {}
    rows = Permit.objects.filter(
        permits.granting("promote"), subject_kind="model_version", subject_id__in=versions
    )
    return [
        {
            "model": versions[permit.subject_id],
            "case": permit.case_id,
            "valid_from": permits.instant(permit.valid_from),
            "status": permits.status_of(permit),
        }
        for permit in rows.prefetch_related("events").order_by("-valid_from")[:20]
    ]


def sibling_uids(uid: str) -> list[str]:
    """Every version of the model's name."""
    name = ModelVersion.objects.filter(uid=uid).values_list("name", flat=True).first()
    return list(ModelVersion.objects.filter(name=name).values_list("uid", flat=True)) if name else []
