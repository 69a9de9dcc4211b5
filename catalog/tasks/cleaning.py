"""Apply a recipe to a version: a new version, a quarantine, and an edge between."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from catalog.keys import masking_key
from catalog.models import CleaningRun, DatasetVersion
from catalog.paths import version_path
from catalog.services import version_verify
from catalog.services.recipes import CleanedRows, cleaning_store
from catalog.services.versions import StoredVersion
from catalog.tasks.ingest import described
from catalog.tasks.running import Progress, Refused, Stopped, carry_out, computed
from governance.selectors import version_in_force

if TYPE_CHECKING:
    from catalog.processing.cleaning_report import CleaningReport
    from governance.validation.standard import ObjectForm

RELATED = ("version__dataset__standard", "recipe_version", "target", "requested_by")
KEY_NAME = "platform"
"""The `key_ref` by which recipes name the platform's own key; no key stands in a recipe (standard-rules
§8)."""


@shared_task(name="catalog.tasks.cleaning_run", ignore_result=True)
def cleaning_run(uid: str) -> None:
    carry_out(CleaningRun, uid, _work)


@dataclass(frozen=True)
class Order:
    """Everything the engine needs, read from the database before its thread starts."""

    run_uid: str
    recipe: bytes
    document: bytes | None
    object_name: str
    data: Path
    references: Mapping[str, Path]
    target_uid: str
    now: dt.datetime
    key: bytes


def _work(claimed: CleaningRun) -> None:
    run = CleaningRun.objects.select_related(*RELATED).get(pk=claimed.pk)
    dataset = run.version.dataset
    version_verify(run.version)
    versions = {v.uid: v for v in DatasetVersion.objects.filter(uid__in=run.references.values())}
    law = version_in_force(dataset.standard.name) if dataset.standard else None
    order = Order(
        run_uid=run.uid,
        recipe=bytes(run.recipe_version.document),
        document=bytes(law.document) if law else None,
        object_name=dataset.object_name,
        data=version_path(run.version),
        references={
            name: version_path(versions[uid]) for name, uid in run.references.items() if uid in versions
        },
        target_uid=run.target.uid,
        now=timezone.now(),
        key=masking_key(),
    )
    stored, cleaned = computed(run, lambda progress: applied(order, progress))
    cleaning_store(run=run, stored=stored, cleaned=cleaned)


def applied(order: Order, progress: Progress) -> tuple[StoredVersion, CleanedRows]:
    """The engine part: no database. Raises EngineError, LakeError, Stopped, Refused."""
    from catalog.processing.cleaning import CleaningRequest, CleaningStopped, clean
    from catalog.processing.recipe import parse_recipe
    from governance.validation.standard import compile_standard, load

    recipe = parse_recipe(order.recipe)
    compiled = compile_standard(load(order.document), order.object_name or None) if order.document else None
    if recipe.standard is not None and compiled is None:
        raise Refused("no_standard")
    folder = Path(tempfile.mkdtemp(prefix="gavel-clean-"))
    try:
        request = CleaningRequest(
            data=order.data,
            recipe=recipe,
            out=folder / "out",
            started=order.now,
            standard=compiled,
            references=references_of(order),
            keys={KEY_NAME: order.key},
            timer=time.monotonic,
        )
        report = clean(request, lambda done, total, _step: progress(done, total), lambda: progress.stopped)
        return published(order, report, compiled.form if compiled else None)
    except CleaningStopped as error:
        raise Stopped from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def references_of(order: Order) -> dict[str, Path]:
    """Only the references that the recipe or the rules it drops rows by may name."""
    from catalog.tasks.validation import needed
    from governance.validation.standard import compile_standard, load

    named = {name: path for name, path in order.references.items() if f"{name}".encode() in order.recipe}
    if order.document is None or b"rule:" not in order.recipe:
        return named
    compiled = compile_standard(load(order.document), order.object_name or None)
    return named | needed(compiled, order.references)


def published(
    order: Order, report: CleaningReport, form: ObjectForm | None
) -> tuple[StoredVersion, CleanedRows]:
    """Put the output and the quarantine into the lake; nothing names them until the row is written."""
    from catalog.lake import Lake

    lake = Lake(settings.GAVEL_LAKE)
    written = lake.write_version(order.target_uid, [report.out / "data.parquet"])
    held = lake.write_file(f"quarantine/{order.run_uid}.parquet", report.out / "quarantine.parquet")
    reasons: dict[str, int] = {}
    for step in report.steps:
        if step.rows_removed:
            reasons[step.id] = step.rows_removed
    cleaned = CleanedRows(
        rows_in=report.rows_in,
        rows_out=report.rows_out,
        rows_quarantined=report.rows_quarantined,
        steps=[step.as_dict() for step in report.steps],
        quarantine_path=held.path,
        quarantine_digest=f"sha256:{held.sha256}",
        reasons=reasons,
        levels=dict(report.levels),
    )
    return described(written, form), cleaned
