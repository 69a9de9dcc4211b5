"""Derive versions from versions: a record-disjoint split of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings

from catalog.models import Dataset, DatasetVersion, DerivationRun
from catalog.paths import version_path
from catalog.services import version_verify
from catalog.services.derivations import derivation_store
from catalog.services.versions import StoredVersion
from catalog.tasks.ingest import described, object_form
from catalog.tasks.running import Progress, Refused, carry_out, computed
from governance.selectors import version_in_force


@shared_task(name="catalog.tasks.derivation_run", ignore_result=True)
def derivation_run(uid: str) -> None:
    carry_out(DerivationRun, uid, _work)


@dataclass(frozen=True)
class Part:
    """Where one part goes, and the standard that levels its columns."""

    dataset_uid: str
    document: bytes | None
    object_name: str


@dataclass(frozen=True)
class Order:
    """Everything the engine needs, read from the database before its thread starts."""

    data: Sequence[Path]
    parameters: Mapping[str, Any]
    parts: Mapping[str, Part]


def _work(claimed: DerivationRun) -> None:
    run = DerivationRun.objects.select_related("version__dataset", "requested_by").get(pk=claimed.pk)
    versions = {v.uid: v for v in DatasetVersion.objects.filter(uid__in=run.inputs)}
    for version in versions.values():
        version_verify(version)
    datasets = {
        d.uid: d for d in Dataset.objects.select_related("standard").filter(uid__in=run.targets.values())
    }
    order = Order(
        data=[version_path(versions[uid]) for uid in run.inputs],
        parameters=run.parameters,
        parts={part: _part(datasets[uid]) for part, uid in run.targets.items()},
    )
    parts, facts = computed(run, lambda progress: dealt_out(order, progress))
    derivation_store(run=run, parts=parts, facts=facts)


def _part(dataset: Dataset) -> Part:
    law = version_in_force(dataset.standard.name) if dataset.standard else None
    return Part(dataset.uid, bytes(law.document) if law else None, dataset.object_name)


def dealt_out(order: Order, progress: Progress) -> tuple[dict[str, StoredVersion], dict[str, Any]]:
    """The engine part: no database. Raises EngineError, LakeError, Refused, Stopped."""
    from catalog.lake import Lake
    from catalog.processing.splits import split_pairs
    from catalog.processing.stacking import stacked

    asked = order.parameters
    steps = len(order.parts) + 1
    split = split_pairs(
        stacked(order.data),
        left=asked["left"],
        right=asked["right"],
        shares=asked["shares"],
        seed=asked["seed"],
    )
    if any(rows.height == 0 for rows in split.parts.values()):
        raise Refused(
            "split_impossible", {"parts": {name: rows.height for name, rows in split.parts.items()}}
        )
    lake, made = Lake(settings.GAVEL_LAKE), {}
    for done, (name, part) in enumerate(order.parts.items(), start=1):
        progress(done, steps)
        written = lake.write_version(part.dataset_uid, split.parts[name])
        made[name] = described(written, object_form(part.document, part.object_name))
    progress(steps, steps)
    return made, dict(split.facts)
