"""Applying a recipe: D_c = f(D_a), with nothing lost (standard-rules §8)."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import polars as pl
from polars.exceptions import PolarsError

from catalog.processing.cleaning_report import CleaningReport, StepReport, ValidationSummary
from catalog.processing.quarantine import STEP, write_quarantine
from catalog.processing.recipe import Recipe
from catalog.processing.steps.base import CELLS, REASON, Draft, Step, Surroundings, Work
from governance.validation.casts import LogicalType, logical_of
from governance.validation.digests import path_digest
from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.faults import reading_data
from governance.validation.reading import ROW, CsvSettings, RawTable, open_table

if TYPE_CHECKING:
    from governance.validation.standard import CompiledStandard

IN_MEMORY_ROWS = 200_000
"""Up to so many rows the frame between two steps stays in memory; larger ones are spooled to Parquet."""

Progress = Callable[[int, int, str], None]
"""(steps done, steps in all, id of the step that comes next)."""


class CleaningStopped(Exception):
    """The caller asked to stop; nothing was published."""


@dataclass(frozen=True)
class CleaningRequest:
    """One application of a recipe. Plain data: the instant and the keys come from the caller.

    `check` judges the output file against the standard before it is published; `timer` gives seconds.
    """

    data: Path
    recipe: Recipe
    out: Path
    started: datetime
    csv: CsvSettings = field(default_factory=CsvSettings)
    standard: CompiledStandard | None = None
    references: Mapping[str, Path] = field(default_factory=dict)
    reference_csv: Mapping[str, CsvSettings] = field(default_factory=dict)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    check: Callable[[Path], ValidationSummary] | None = None
    timer: Callable[[], float] | None = None
    engine_version: str = pl.__version__


def clean(
    request: CleaningRequest,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CleaningReport:
    """Apply the recipe and publish data.parquet, quarantine.parquet and report.json in `request.out`.

    Raises EngineError (every refusal of reading, `recipe_invalid`, `unknown_column`, `parameter_invalid`,
    `reference_not_found`, `row_balance`, `usage` where `out` exists) and CleaningStopped, leaving nothing.
    """
    timer = request.timer or (lambda: 0.0)
    begun = timer()
    with ExitStack() as stack:
        folder = stack.enter_context(_workspace(request.out))
        source = stack.enter_context(_open_source(request))
        around = _surroundings(request, source, stack)
        runner = _Runner(request, source, around, folder, progress, cancelled)
        with reading_data():
            work = runner.run()
            report = _publishable(request, runner, work, folder, seconds=lambda: timer() - begun)
        for table in (source, *around.references.values()):
            table.check_unchanged()
        shutil.rmtree(folder / "scratch", ignore_errors=True)
        _publish(folder, request.out)
    return report


class _Runner:
    """Runs the steps one after the other; the frame is made real after each."""

    def __init__(
        self,
        request: CleaningRequest,
        source: RawTable,
        around: Surroundings,
        folder: Path,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self.source = source
        self.around = around
        self.reports: list[StepReport] = []
        self.guarded: frozenset[str] = frozenset()
        self._steps = request.recipe.steps
        self._scratch = folder / "scratch"
        self._progress = progress
        self._cancelled = cancelled
        self._removed: list[pl.DataFrame] = []
        self._spool: Path | None = None

    @property
    def removed(self) -> pl.DataFrame:
        """Record number, step and reason of every removed row."""
        empty = pl.DataFrame(schema={ROW: pl.Int64, STEP: pl.String, REASON: pl.String})
        return pl.concat([empty, *self._removed])

    def run(self) -> Work:
        """The working frame after the last step."""
        work = _first_work(self.source, self.around.standard)
        for place, step in enumerate(self._steps):
            if self._cancelled is not None and self._cancelled():
                raise CleaningStopped(step.id)
            if self._progress is not None:
                self._progress(place, len(self._steps), step.id)
            try:
                work = self._one(work, step, place)
            except PolarsError as error:
                # The library's sentence may quote a cell, so only its kind is told.
                raise invalid(
                    f"Step {step.id} failed on this data.",
                    f"步骤 {step.id} 在此数据上执行失败。",
                    {"step": step.id, "reason": type(error).__name__},
                ) from error
        if self._progress is not None:
            self._progress(len(self._steps), len(self._steps), "")
        return work

    def _one(self, work: Work, step: Step, place: int) -> Work:
        draft = step.apply(work, self.around)
        touched = frozenset().union(*(work.origins.get(name, frozenset()) for name in draft.guarded))
        self.guarded |= touched
        done, schema = self._make_real(draft, work.rows, place)
        leaves = pl.col(REASON).is_not_null()
        gone = (
            done.filter(leaves)
            .select(ROW, pl.lit(step.id).alias(STEP), pl.col(REASON))
            .collect(engine="streaming")
        )
        rows, cells, rows_touched = (
            done.select(pl.len(), pl.col(CELLS).sum(), (pl.col(CELLS) > 0).sum().alias("rows"))
            .collect(engine="streaming")
            .row(0)
        )
        stays = rows - gone.height
        self._removed.append(gone)
        reasons = dict(sorted(gone.group_by(REASON).len().iter_rows()))
        self.reports.append(
            StepReport(
                step.id,
                step.kind,
                step.columns,
                work.rows,
                stays,
                rows_touched,
                cells,
                reasons,
                draft.dropped,
            )
        )
        if rows != work.rows or gone[ROW].n_unique() != gone.height:
            raise refuse("row_balance", {"step": step.id, "rows_in": work.rows, "rows_seen": rows})
        frame = done.filter(~leaves).drop(CELLS, REASON)
        return Work(frame, schema, draft.types, draft.origins, stays)

    def _make_real(self, draft: Draft, rows: int, place: int) -> tuple[pl.LazyFrame, dict[str, pl.DataType]]:
        """The draft computed, with its schema; the spool of the step before is no longer needed."""
        names = [name for name in draft.frame.collect_schema().names() if not name.startswith("_gavel_")]
        wanted = draft.frame.select(ROW, *names, CELLS, REASON)
        schema = {name: kind for name, kind in wanted.collect_schema().items() if name in set(names)}
        if rows <= IN_MEMORY_ROWS:
            return wanted.collect(engine="streaming").lazy(), schema
        self._scratch.mkdir(exist_ok=True)
        spool = self._scratch / f"step-{place:04d}.parquet"
        wanted.sink_parquet(spool, compression="lz4", maintain_order=True)
        if self._spool is not None:
            self._spool.unlink()
        self._spool = spool
        return pl.scan_parquet(spool), schema


def _first_work(source: RawTable, standard: CompiledStandard | None) -> Work:
    """The raw frame, typed by the standard where one is given, else as stored."""
    declared = (
        {column.physical_name: column.logical for column in standard.columns.values()} if standard else {}
    )
    types: dict[str, LogicalType] = {}
    for name, physical in source.schema.items():
        logical = declared.get(name)
        types[name] = logical if logical is not None and logical.name else logical_of(physical)
    origins = {name: frozenset({name}) for name in source.columns}
    return Work(source.frame, source.schema, types, origins, source.rows)


def _open_source(request: CleaningRequest) -> RawTable:
    declared = request.standard.form.physical_names if request.standard else ()
    return open_table(request.data, csv=request.csv, declared=declared)


def _surroundings(request: CleaningRequest, source: RawTable, stack: ExitStack) -> Surroundings:
    references: dict[str, RawTable] = {}
    for name, path in request.references.items():
        if not path.exists():
            raise refuse("reference_not_found", {"reference": name})
        table = open_table(path, csv=request.reference_csv.get(name, CsvSettings()))
        references[name] = stack.enter_context(table)
    timezone = request.standard.form.timezone if request.standard else "Etc/UTC"
    return Surroundings(request.started, timezone, request.standard, references, request.keys, source.format)


def _publishable(
    request: CleaningRequest,
    runner: _Runner,
    work: Work,
    folder: Path,
    *,
    seconds: Callable[[], float],
) -> CleaningReport:
    """Write the three files into the temporary folder."""
    data, quarantine = folder / "data.parquet", folder / "quarantine.parquet"
    work.frame.select(work.columns).sink_parquet(data, compression="zstd", maintain_order=True)
    removed = runner.removed
    levels = write_quarantine(
        runner.source, removed, quarantine, guarded=runner.guarded, around=runner.around
    )
    rows_out, rows_quarantined = _rows(data), _rows(quarantine)
    if runner.source.rows != rows_out + rows_quarantined or rows_quarantined != removed.height:
        raise refuse(
            "row_balance",
            {"rows_in": runner.source.rows, "rows_out": rows_out, "rows_quarantined": rows_quarantined},
        )
    validation = request.check(data) if request.check is not None else None
    report = CleaningReport(
        out=request.out,
        document=_document(request, runner, work, folder, validation, seconds()),
        steps=tuple(runner.reports),
        rows_in=runner.source.rows,
        rows_out=rows_out,
        rows_quarantined=rows_quarantined,
        levels=levels,
        validation=validation,
    )
    text = json.dumps(report.document, ensure_ascii=False, indent=1)
    (folder / "report.json").write_text(text + "\n", encoding="utf-8")
    return report


def _document(
    request: CleaningRequest,
    runner: _Runner,
    work: Work,
    folder: Path,
    validation: ValidationSummary | None,
    seconds: float,
) -> dict[str, Any]:
    recipe = request.recipe
    return {
        "report": "gavel-cleaning-1",
        "engine": {"name": "polars", "version": request.engine_version},
        "started": request.started.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "seconds": round(seconds, 3),
        "data": _table_entry(str(request.data), runner.source),
        "recipe": {"path": recipe.path, "digest": recipe.digest, "id": recipe.id, "version": recipe.version},
        "references": {
            name: _table_entry(str(request.references[name]), table)
            for name, table in runner.around.references.items()
        },
        "rows_in": runner.source.rows,
        "rows_out": work.rows,
        "rows_quarantined": runner.source.rows - work.rows,
        "steps": [report.as_dict() for report in runner.reports],
        "output": _file_entry(request.out, folder / "data.parquet"),
        "quarantine": _file_entry(request.out, folder / "quarantine.parquet"),
        "validation": None if validation is None else vars(validation),
    }


def _table_entry(path: str, table: RawTable) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": path,
        "format": table.format,
        "digest": table.digest,
        "rows": table.rows,
        "columns": list(table.columns),
    }
    return entry if table.delta_version is None else {**entry, "delta_version": table.delta_version}


def _file_entry(out: Path, file: Path) -> dict[str, Any]:
    return {
        "path": str(out / file.name),
        "format": "parquet",
        "digest": path_digest(file),
        "rows": _rows(file),
        "columns": list(pl.scan_parquet(file, glob=False).collect_schema()),
    }


def _rows(file: Path) -> int:
    return int(pl.scan_parquet(file, glob=False).select(pl.len()).collect().item())


@contextmanager
def _workspace(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out`, so that publishing is one rename."""
    if out.exists():
        raise _exists(out)
    folder = out.parent / f".{out.name}.{uuid4().hex}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise refuse("usage", {"parameter": "out", "reason": type(error).__name__}) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _publish(folder: Path, out: Path) -> None:
    for file in folder.iterdir():
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    try:
        folder.rename(out)
    except OSError as error:
        raise _exists(out) from error


def _exists(out: Path) -> EngineError:
    return invalid(
        "The output folder exists already.",
        "输出文件夹已存在。",
        {"parameter": "out", "name": out.name},
        code="usage",
    )
