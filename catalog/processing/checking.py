"""One check of a version against a standard: the engine part, with plain data in and out."""

from __future__ import annotations

import datetime as dt
import json
import resource
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from catalog.processing.child import Progress, Refused, Stopped
from catalog.processing.suggesting import Past, suggested

if TYPE_CHECKING:
    from governance.validation.engine import Report, ValidationRequest
    from governance.validation.standard import CompiledStandard

PASSES_DONE: Final = 0.8
"""Share from which on the engine has judged all rules and collects samples."""


@dataclass(frozen=True)
class DrySettings:
    """A standard tried out on the first `rows` rows (None: all)."""

    rows: int | None


@dataclass(frozen=True)
class CheckOrder:
    """Everything the engine needs, read from the database before it starts.

    `addresses` are what the report says instead of paths of this machine: `data`, `standard`, `previous` and
    `reference:NAME`.
    """

    document: bytes
    object_name: str
    data: Path
    references: Mapping[str, Path]
    previous: Path | None
    waivers: tuple[Mapping[str, Any], ...]
    now: dt.datetime
    key: bytes
    rules: int
    engine: str = "polars"
    spark_master: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    past: Past = field(default_factory=Past)
    dry: DrySettings | None = None
    least_levels: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckedData:
    """The report as JSON text (validation-report.schema.json), statistics by column, what it cost, and the
    rules the statistics speak for."""

    report: bytes
    profile: Mapping[str, Mapping[str, Any]]
    work: Mapping[str, float]
    suggestions: tuple[Mapping[str, Any], ...] = ()


def checked(order: CheckOrder, progress: Progress) -> CheckedData:
    """Raises EngineError, Refused, Stopped."""
    from governance.validation import engine
    from governance.validation.standard import compile_standard, load

    if order.engine == "spark" and find_spec("pyspark") is None:
        raise Refused("spark_not_installed")
    progress(0, order.rules, "reading")
    document = load(order.document)
    compiled = compile_standard(document, order.object_name or None)
    references = needed(compiled, order.references)
    for name, path in references.items():
        if not path.exists():
            raise Refused("reference_gone", {"reference": name})
    request = request_of(order, document, references)
    try:
        report = engine.validate(
            request, progress=told(progress, order.rules), cancelled=lambda: progress.stopped
        )
    except engine.Stopped as error:
        raise Stopped from error
    rules = suggested(report.profile, compiled, order.past, order.now)
    return CheckedData(report_text(order, report), profiled(report), cost(report), rules)


def request_of(order: CheckOrder, document: Any, references: Mapping[str, Path]) -> ValidationRequest:
    """The engine's request. The only place that says which engine runs, and where its cluster is."""
    from governance.validation import engine

    return engine.ValidationRequest(
        data=order.data,
        standard=document,
        now=order.now,
        object_name=order.object_name or None,
        references=references,
        previous=order.previous,
        first_version=order.previous is None,
        waivers=tuple(engine.Waiver(**waiver) for waiver in order.waivers),
        platform_key=order.key,
        profile=order.dry is None,
        head=order.dry.rows if order.dry else None,
        least_levels=order.least_levels,
        started=order.now,
        data_path=order.addresses.get("data"),
        standard_path=order.addresses.get("standard", ""),
        engine=order.engine,
        spark_master=order.spark_master if order.engine == "spark" else "",
    )


def told(progress: Progress, rules: int) -> Callable[..., None]:
    """The engine reports a share of the work and what it has just done; people read rules and the step."""

    def report(share: float, what: str, rows: int = 0) -> None:
        progress(int(share * rules), rules, step_after(share, what, rows))

    return report


def step_after(share: float, what: str, rows: int = 0) -> str:
    """The step now: `reading` (with the rows seen), `rules` (with the rule judged last), `samples`,
    `profile`."""
    if what == "rows":
        return f"reading:{rows}"
    if what == "samples":
        return "profile"
    if share >= PASSES_DONE:
        return "samples"
    return "rules" if what == "fused" else f"rules:{what}"


def report_text(order: CheckOrder, report: Report) -> bytes:
    """The report with addresses of ours in place of paths of this machine."""
    plain = report.to_json()
    for name, entry in plain["references"].items():
        entry["path"] = order.addresses.get(f"reference:{name}", name)
    if plain["previous"] is not None:
        plain["previous"]["path"] = order.addresses.get("previous", "")
    return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode()


def needed(compiled: CompiledStandard, offered: Mapping[str, Path]) -> dict[str, Path]:
    """Only the references the rules name: opening one means hashing all of it. SQL may name any."""
    named: set[Any] = set()
    for rule in compiled.rules:
        if rule.kind == "sql":
            return dict(offered)
        named |= {rule.parameters.get("reference"), rule.parameters.get("against")}
    return {name: path for name, path in offered.items() if name in named}


def profiled(report: Report) -> dict[str, dict[str, Any]]:
    """Column → statistics, with the level the report showed it at."""
    if report.profile is None:
        return {}
    return {
        name: {**facts, "level": report.levels.get(name)} for name, facts in report.profile["columns"].items()
    }


def cost(report: Report) -> dict[str, float]:
    """Seconds by the clock; CPU seconds and peak bytes, where this process did the work and not a cluster."""
    if report.engine["name"] == "spark":
        return {"seconds": round(report.seconds, 3)}
    own, started = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "seconds": round(report.seconds, 3),
        "cpu_seconds": round(own.ru_utime + own.ru_stime + started.ru_utime + started.ru_stime, 3),
        "peak_bytes": max(own.ru_maxrss, started.ru_maxrss) * 1024,
    }
