"""Applying a recipe to a version and putting output and quarantine into the lake: the engine part."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from catalog.processing.checking import needed
from catalog.processing.child import Progress, Refused, Stopped
from catalog.processing.stored import CleanedRows, StoredVersion, described, require_unchanged

if TYPE_CHECKING:
    from catalog.processing.cleaning_report import CleaningReport
    from governance.validation.standard import ObjectForm

KEY_NAME: Final = "platform"
"""The `key_ref` by which recipes name the platform's own key; no key stands in a recipe (standard-rules
§8)."""


@dataclass(frozen=True)
class CleaningOrder:
    """Everything the engine needs, read from the database before it starts."""

    run_uid: str
    recipe: bytes
    document: bytes | None
    object_name: str
    data: Path
    data_uid: str
    digest: str
    references: Mapping[str, Path]
    target_uid: str
    lake: str
    now: dt.datetime
    key: bytes


def applied(order: CleaningOrder, progress: Progress) -> tuple[StoredVersion, CleanedRows]:
    """Raises EngineError, LakeError, Stopped, Refused."""
    from catalog.processing.cleaning import CleaningRequest, CleaningStopped, clean
    from catalog.processing.recipe import parse_recipe
    from governance.validation.standard import compile_standard, load

    require_unchanged(order.data, order.digest, order.data_uid)
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


def references_of(order: CleaningOrder) -> dict[str, Path]:
    """Only the references that the recipe or the rules it drops rows by may name."""
    from governance.validation.standard import compile_standard, load

    named = {name: path for name, path in order.references.items() if f"{name}".encode() in order.recipe}
    if order.document is None or b"rule:" not in order.recipe:
        return named
    compiled = compile_standard(load(order.document), order.object_name or None)
    return named | {name: order.references[name] for name in needed(compiled, order.references)}


def published(
    order: CleaningOrder, report: CleaningReport, form: ObjectForm | None
) -> tuple[StoredVersion, CleanedRows]:
    """Put the output and the quarantine into the lake; nothing names them until the row is written."""
    from catalog.lake import Lake

    lake = Lake(order.lake)
    written = lake.write_version(order.target_uid, [report.out / "data.parquet"])
    held = lake.write_file(f"quarantine/{order.run_uid}.parquet", report.out / "quarantine.parquet")
    cleaned = CleanedRows(
        rows_in=report.rows_in,
        rows_out=report.rows_out,
        rows_quarantined=report.rows_quarantined,
        steps=[step.as_dict() for step in report.steps],
        quarantine_path=held.path,
        quarantine_digest=f"sha256:{held.sha256}",
        reasons={step.id: step.rows_removed for step in report.steps if step.rows_removed},
        levels=dict(report.levels),
    )
    return described(order.lake, written, form), cleaned
