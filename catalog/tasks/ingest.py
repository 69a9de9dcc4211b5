"""Read an upload strictly and store it in the lake as the next version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import shared_task
from django.conf import settings

from catalog.models import Dataset, IngestRun
from catalog.paths import upload_path
from catalog.services.uploads import ingest_store, upload_discard
from catalog.services.versions import StoredColumn, StoredVersion
from catalog.tasks.running import Progress, Refused, carry_out, computed
from governance.choices import JobState
from governance.selectors import version_in_force

if TYPE_CHECKING:
    from catalog.lake import StoredVersion as LakeVersion
    from governance.validation.standard import ObjectForm

MOST_COLUMNS = 2000
"""Columns of a version: each is a row of the catalogue and a line of its page."""


@shared_task(name="catalog.tasks.ingest_run", ignore_result=True)
def ingest_run(uid: str) -> None:
    carry_out(IngestRun, uid, _work)
    run = IngestRun.objects.filter(uid=uid).first()
    if run is not None and run.state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}:
        upload_discard(run.upload)


def _work(run: IngestRun) -> None:
    dataset = Dataset.objects.select_related("standard").get(pk=run.dataset_id)
    law = version_in_force(dataset.standard.name) if dataset.standard else None
    document = bytes(law.document) if law else None
    stored = computed(run, lambda progress: read_and_store(run, dataset, document, progress))
    ingest_store(run=run, stored=stored)


def read_and_store(
    run: IngestRun, dataset: Dataset, document: bytes | None, progress: Progress
) -> StoredVersion:
    """The engine part: no database. Raises EngineError, LakeError, Refused."""
    from catalog.lake import Lake
    from governance.validation.reading import CsvSettings, open_table

    path = upload_path(run.upload)
    form = object_form(document, dataset.object_name)
    csv = CsvSettings(form.csv.delimiter, form.csv.encoding) if form else CsvSettings()
    declared = form.physical_names if form else ()
    with open_table(path, csv=csv, declared=declared) as table:
        if len(table.columns) > MOST_COLUMNS:
            raise Refused("ingest:too_many_columns")
        if table.rows == 0:
            raise Refused("ingest:header_only")
        progress(1, 2)
        written = Lake(settings.GAVEL_LAKE).write_version(dataset.uid, table.frame)
    progress(2, 2)
    return described(written, form)


def object_form(document: bytes | None, object_name: str) -> ObjectForm | None:
    """Columns and CSV settings the standard gives the dataset's object; None without a usable standard."""
    from governance.validation.errors import EngineError
    from governance.validation.standard import load, reference_form

    if document is None:
        return None
    try:
        parsed = load(document)
        return reference_form(parsed, object_name or parsed.object_names[0])
    except (EngineError, IndexError):
        return None  # the standard's own faults are told by validation, not by an upload


def described(written: LakeVersion, form: ObjectForm | None) -> StoredVersion:
    """A lake version with its columns, levelled and marked as the standard says."""
    from catalog.lake import Lake

    schema = Lake(settings.GAVEL_LAKE).scan(written.path).collect_schema()
    return StoredVersion(
        path=written.path,
        digest=written.digest,
        rows=written.rows,
        bytes=written.bytes,
        files=written.files,
        columns=tuple(_column(name, str(kind), form) for name, kind in schema.items()),
    )


def _column(name: str, kind: str, form: ObjectForm | None) -> StoredColumn:
    from governance.validation.masking import classification_level

    declared = {c.physical_name: c for c in form.columns.values()} if form else {}
    column = declared.get(name)
    if column is None:
        return StoredColumn(name, kind)
    level = classification_level(column.classification)
    return StoredColumn(name, kind, max(level or 3, 3) if column.pii else level, tuple(column.pii))
