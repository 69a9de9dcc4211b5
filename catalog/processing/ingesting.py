"""Reading an upload strictly and putting it into the lake: the engine part of an ingest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.processing.child import Progress, Refused
from catalog.processing.stored import StoredVersion, described, object_form

MOST_COLUMNS: Final = 2000
"""Columns of a version: each is a row of the catalogue and a line of its page."""


@dataclass(frozen=True)
class IngestOrder:
    """A received file, the lake's address, the dataset it goes to, and the standard that types it."""

    path: Path
    lake: str
    dataset_uid: str
    document: bytes | None
    object_name: str


def read_and_store(order: IngestOrder, progress: Progress) -> StoredVersion:
    """Raises EngineError, LakeError, Refused, Stopped."""
    from catalog.lake import Lake
    from governance.validation.faults import reading_data
    from governance.validation.reading import CsvSettings, open_table

    form = object_form(order.document, order.object_name)
    csv = CsvSettings(form.csv.delimiter, form.csv.encoding) if form else CsvSettings()
    declared = form.physical_names if form else ()
    progress(0, 2, "reading")
    with open_table(order.path, csv=csv, declared=declared) as table:
        if len(table.columns) > MOST_COLUMNS:
            raise Refused("ingest:too_many_columns")
        if table.rows == 0:
            raise Refused("ingest:header_only")
        progress(1, 2, "writing")
        with reading_data():
            written = Lake(order.lake).write_version(order.dataset_uid, table.frame)
        table.check_unchanged()
    progress(2, 2, "writing")
    return described(order.lake, written, form)
