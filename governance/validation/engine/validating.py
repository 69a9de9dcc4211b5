"""The order of a validation: standard, data, passes, verdicts, waivers, masking, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from governance.validation.engine.binding import bind_all
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.judging import Outcome, gate_of, judge, score_of, verdict_of
from governance.validation.engine.preparing import Other, Prepared, csv_settings, prepare
from governance.validation.engine.report import Report
from governance.validation.engine.running import Riders, Stopped, find_pii, first_rows, run_rules
from governance.validation.engine.samples import Masking, fetch_cells, levels_of, write_samples
from governance.validation.engine.waivers import Waiver, apply_waivers
from governance.validation.errors import invalid, refuse
from governance.validation.kinds.base import Resources
from governance.validation.model import NotExecuted, ObjectForm
from governance.validation.pii import kinds_in
from governance.validation.profiling import finish, masked, profile_aggregates, profile_frame, shown_texts
from governance.validation.reading import RawTable, open_table
from governance.validation.standard import (
    CompiledStandard,
    StandardDocument,
    compile_standard,
    reference_form,
)

GAVEL_VERSION = "0.1.0"


@dataclass(frozen=True)
class ValidationRequest:
    """All a validation needs. Paths come from the platform or the command line, never from a document."""

    data: Path
    standard: StandardDocument
    now: datetime
    object_name: str | None = None
    references: Mapping[str, Path] = field(default_factory=dict)
    previous: Path | None = None
    first_version: bool = False
    samples: int = 20
    waivers: tuple[Waiver, ...] = ()
    platform_key: bytes = b""
    engine: str = "polars"
    profile: bool = False
    standard_path: str = ""
    data_path: str | None = None
    started: datetime | None = None


def validate(
    request: ValidationRequest,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Run one validation. Errors of the standard come before errors of the data."""
    begun = time.perf_counter()
    if request.engine != "polars":
        raise invalid(
            "engine_unsupported: this installation runs standards with polars only.",
            "engine_unsupported：当前安装仅支持以 polars 执行标准。",
            {"engine": request.engine[:20]},
            code="usage",
        )

    def stop() -> None:
        if cancelled is not None and cancelled():
            raise Stopped

    compiled = compile_standard(request.standard, request.object_name, data_stem(request.data))
    with ExitStack() as stack:
        opened = _open_all(request, compiled, stack)
        stop()
        report = _run(request, compiled, opened, progress or (lambda share, what: None), stop)
    return Report(**{**report, "seconds": time.perf_counter() - begun})


def data_stem(path: Path) -> str:
    """File name without its data endings."""
    name = path.name
    for ending in (".gz", ".csv", ".parquet"):
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    return name


@dataclass(frozen=True)
class _Opened:
    table: RawTable
    seen: Prepared
    references: Mapping[str, RawTable]
    previous: RawTable | None
    resources: Resources


def _open_all(request: ValidationRequest, compiled: CompiledStandard, stack: ExitStack) -> _Opened:
    for path, code in ((request.data, "data_not_found"), (request.previous, "previous_not_found")):
        if path is not None and not path.exists():
            raise refuse(code)
    for name, path in request.references.items():
        if not path.exists():
            raise refuse("reference_not_found", {"reference": name})
    form = compiled.form
    table = stack.enter_context(_open(request.data, form))
    previous = stack.enter_context(_open(request.previous, form)) if request.previous is not None else None
    references: dict[str, RawTable] = {}
    others: dict[str, Other] = {}
    for name, path in request.references.items():
        own = reference_form(compiled.document, name)
        references[name] = stack.enter_context(_open(path, own))
        others[name] = Other(references[name], own)
    seen = prepare(table, compiled.columns)
    resources = Resources(
        now=request.now,
        timezone=form.timezone,
        references=others,
        previous=Other(previous, form) if previous is not None else None,
        table_columns=table.columns,
        physical=seen.physical,
        table_name=form.name,
        file_format=table.format,
    )
    return _Opened(table, seen, references, previous, resources)


def _open(path: Path, form: ObjectForm | None) -> RawTable:
    settings = csv_settings(form.csv if form else None)
    return open_table(path, csv=settings, declared=form.physical_names if form else ())


def _run(
    request: ValidationRequest,
    compiled: CompiledStandard,
    opened: _Opened,
    progress: Callable[[float, str], None],
    stop: Callable[[], None],
) -> dict[str, Any]:
    frame = opened.seen.frame
    facts = bind_all(compiled, opened.resources, first_version=request.first_version)
    riders = Riders(profile_aggregates(frame.collect_schema()) if request.profile else {})
    rows = run_rules(frame, facts, progress, stop, riders)
    outcomes = [judge(item, rows) for item in facts if item.skipped is None]
    outcomes, ignored = apply_waivers(
        outcomes,
        request.waivers,
        now=request.now,
        timezone=compiled.form.timezone,
        standard_digest=compiled.document.digest,
        data_digest=opened.table.digest,
    )
    stop()
    outcomes, masking = _sampled(request, compiled, opened, facts, outcomes)
    progress(0.9, "samples")
    profile = _profile(opened, compiled, masking, riders, stop) if request.profile else None
    return {
        "verdict": verdict_of(outcomes),
        "gate": gate_of(outcomes),
        "rows": rows,
        "score": score_of(outcomes, compiled.columns),
        "outcomes": tuple(outcomes),
        "not_executed": (*compiled.not_executed, *_skipped(facts)),
        "warnings": (*compiled.warnings, *ignored, *masking.warnings),
        "levels": masking.levels,
        "profile": profile,
        **_header(request, compiled, opened),
    }


def _sampled(
    request: ValidationRequest,
    compiled: CompiledStandard,
    opened: _Opened,
    facts: list[RuleFacts],
    outcomes: list[Outcome],
) -> tuple[list[Outcome], Masking]:
    """Samples are collected first, then levelled, then written."""
    frame, key = opened.seen.frame, compiled.sample_key
    if request.samples > 0:
        first_rows(frame, facts, request.samples)
    find_pii(frame, facts)
    cells = fetch_cells(frame, facts, key, opened.seen.physical)
    masking = levels_of(compiled.columns, facts, outcomes, cells, key, opened.resources.today)
    by_id = {item.rule.id: item for item in facts}
    written = [
        write_samples(item, by_id[item.rule.id], cells, key, masking, request.platform_key)
        for item in outcomes
    ]
    return written, masking


def _profile(
    opened: _Opened, compiled: CompiledStandard, masking: Masking, riders: Riders, stop: Callable[[], None]
) -> Mapping[str, Any]:
    """Statistics of the typed columns, the first look taken by the rules' own pass. Masked columns, and
    unclassified ones that would show something like PII, keep counts only."""
    frame, today = opened.seen.frame, opened.resources.today
    if riders.values:
        found = finish(riders.values, frame, today=today, stop=stop)
    else:
        found = profile_frame(frame, today=today, stop=stop)
    hidden = {
        name
        for name, facts in found["columns"].items()
        if masking.hides(name)
        or (compiled.columns[name].classification is None and kinds_in(shown_texts(facts), today=today))
    }
    return masked(found, hidden)


def _skipped(facts: list[RuleFacts]) -> tuple[NotExecuted, ...]:
    return tuple(
        NotExecuted(item.rule.id, item.skipped, item.rule.severity, item.rule.sentence_en)
        for item in facts
        if item.skipped is not None
    )


def _header(request: ValidationRequest, compiled: CompiledStandard, opened: _Opened) -> dict[str, Any]:
    import pandera

    declared = set(compiled.form.physical_names)
    extra = [name for name in opened.table.columns if name not in declared]
    given = request.data_path if request.data_path is not None else str(request.data)
    return {
        "engine": {
            "name": "polars",
            "version": pl.__version__,
            "gavel": GAVEL_VERSION,
            "pandera": pandera.__version__,
        },
        "started": request.started or request.now,
        "now": request.now,
        "seconds": 0.0,
        "data": {**_table_json(given, opened.table), "extra_columns": extra},
        "standard": {
            "path": request.standard_path,
            "digest": compiled.document.digest,
            "id": compiled.document.identifier,
            "version": compiled.document.version,
            "object": compiled.form.name,
        },
        "references": {
            name: _table_json(str(request.references[name]), table)
            for name, table in opened.references.items()
        },
        "previous": None if opened.previous is None else _table_json(str(request.previous), opened.previous),
        "samples_per_rule": request.samples,
    }


def _table_json(path: str, table: RawTable) -> dict[str, Any]:
    found: dict[str, Any] = {
        "path": path,
        "format": table.format,
        "digest": table.digest,
        "rows": table.rows,
        "columns": list(table.columns),
    }
    return found if table.delta_version is None else {**found, "delta_version": table.delta_version}
