"""The order of a validation: standard, data, passes, verdicts, waivers, masking, report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from governance.validation.engine.backend import Backend, backend_of, check_engine
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.judging import Outcome, gate_of, judge, score_of, verdict_of
from governance.validation.engine.opening import Opened, open_all
from governance.validation.engine.report import Report
from governance.validation.engine.request import ValidationRequest
from governance.validation.engine.running import Riders, Stopped
from governance.validation.engine.samples import Masking, classified_at_least, levels_of, write_samples
from governance.validation.engine.waivers import apply_waivers
from governance.validation.faults import reading_data
from governance.validation.model import NotExecuted
from governance.validation.pii import kinds_in
from governance.validation.profiling import finish, masked, profile_aggregates, profile_frame, shown_texts
from governance.validation.reading import RawTable
from governance.validation.standard import CompiledStandard, compile_standard

GAVEL_VERSION = "0.1.0"


def validate(
    request: ValidationRequest,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Run one validation. Errors of the standard come before errors of the data."""
    begun = time.perf_counter()
    check_engine(request)

    def stop() -> None:
        if cancelled is not None and cancelled():
            raise Stopped

    compiled = compile_standard(request.standard, request.object_name, data_stem(request.data))
    known = classified_at_least(compiled.columns, request.least_levels)
    compiled = replace(compiled, form=replace(compiled.form, columns=known))
    with ExitStack() as stack:
        with reading_data():
            opened = open_all(request, compiled, stack)
        stop()
        backend = stack.enter_context(backend_of(request, compiled, opened, stop))
        with opened.steady(), reading_data():
            report = _run(request, compiled, opened, backend, progress or (lambda share, what: None), stop)
    return Report(**{**report, "seconds": time.perf_counter() - begun})


def data_stem(path: Path) -> str:
    """File name without its data endings."""
    name = path.name
    for ending in (".gz", ".csv", ".parquet"):
        name = name[: -len(ending)] if name.lower().endswith(ending) else name
    return name


def _run(
    request: ValidationRequest,
    compiled: CompiledStandard,
    opened: Opened,
    backend: Backend,
    progress: Callable[[float, str], None],
    stop: Callable[[], None],
) -> dict[str, Any]:
    facts = backend.bind()
    riders = Riders(profile_aggregates(opened.seen.frame.collect_schema()) if request.profile else {})
    rows = backend.run(facts, progress, stop, riders)
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
    outcomes, masking = _sampled(request, compiled, opened, backend, facts, outcomes)
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
        **_header(request, compiled, opened, backend),
    }


def _sampled(
    request: ValidationRequest,
    compiled: CompiledStandard,
    opened: Opened,
    backend: Backend,
    facts: list[RuleFacts],
    outcomes: list[Outcome],
) -> tuple[list[Outcome], Masking]:
    """Samples are collected first, then levelled, then written."""
    key = compiled.sample_key
    if request.samples > 0:
        backend.first_rows(facts, request.samples)
    backend.find_pii(facts)
    cells = backend.cells(facts, key)
    masking = levels_of(compiled.columns, facts, outcomes, cells, key, opened.resources.today)
    by_id = {item.rule.id: item for item in facts}
    written = [
        write_samples(item, by_id[item.rule.id], cells, key, masking, request.platform_key)
        for item in outcomes
    ]
    return written, masking


def _profile(
    opened: Opened, compiled: CompiledStandard, masking: Masking, riders: Riders, stop: Callable[[], None]
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


def _header(
    request: ValidationRequest, compiled: CompiledStandard, opened: Opened, backend: Backend
) -> dict[str, Any]:
    declared = set(compiled.form.physical_names)
    extra = [name for name in opened.table.columns if name not in declared]
    given = request.data_path if request.data_path is not None else str(request.data)
    return {
        "engine": {**backend.versions(), "gavel": GAVEL_VERSION, "pandera": version("pandera")},
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
