"""Check a version against a standard and store the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from celery import shared_task
from django.utils import timezone

from catalog import selectors
from catalog.gate import WaiverFacts
from catalog.keys import masking_key
from catalog.models import DatasetVersion, ValidationRun
from catalog.paths import version_path
from catalog.services import version_verify
from catalog.services.validation import ProfiledColumn, validation_store
from catalog.tasks.running import Progress, carry_out, computed

if TYPE_CHECKING:
    from governance.validation.engine import Report
    from governance.validation.standard import CompiledStandard

RELATED = ("version__dataset", "standard_version__standard", "previous__dataset", "requested_by")


@shared_task(name="catalog.tasks.validation_run", ignore_result=True)
def validation_run(uid: str) -> None:
    carry_out(ValidationRun, uid, _work)


@dataclass(frozen=True)
class Order:
    """Everything the engine needs, read from the database before its thread starts."""

    document: bytes
    object_name: str
    data: Path
    references: Mapping[str, Path]
    previous: Path | None
    waivers: tuple[WaiverFacts, ...]
    now: dt.datetime
    key: bytes
    rules: int


def _work(claimed: ValidationRun) -> None:
    run = ValidationRun.objects.select_related(*RELATED).get(pk=claimed.pk)
    versions = {v.uid: v for v in DatasetVersion.objects.filter(uid__in=run.references.values())}
    now = timezone.now()
    waivers = tuple(selectors.live_waivers(run.version.dataset, now=now))
    order = Order(
        document=bytes(run.standard_version.document),
        object_name=run.object_name,
        data=_present(run.version),
        references={
            name: version_path(versions[uid]) for name, uid in run.references.items() if uid in versions
        },
        previous=version_path(run.previous) if run.previous else None,
        waivers=waivers,
        now=now,
        key=masking_key(),
        rules=run.progress_total,
    )
    report = computed(run, lambda progress: judged(order, progress))
    _compare_bytes(run, report, versions)
    applied = {outcome.waived for outcome in report.outcomes if outcome.waived}
    ends = [w.expires for w in waivers if w.decision in applied]
    validation_store(
        run=run, report=report.to_json(), profile=profiled(report), gate_until=min(ends, default=None)
    )


def _present(version: DatasetVersion) -> Path:
    """Where the version lies; bytes that are gone are bytes that changed. Raises VersionChanged."""
    path = version_path(version)
    if not path.is_dir():
        version_verify(version)
    return path


def _compare_bytes(run: ValidationRun, report: Report, versions: Mapping[str, DatasetVersion]) -> None:
    """The engine hashed what it read: a report about other bytes than the row names is thrown away."""
    read = [(report.data, run.version)]
    read += [(report.references[name], versions[run.references[name]]) for name in report.references]
    if report.previous is not None and run.previous is not None:
        read.append((report.previous, run.previous))
    for entry, version in read:
        if entry["digest"] != version.digest:
            version_verify(version)


def judged(order: Order, progress: Progress) -> Report:
    """The engine part: no database. Raises EngineError, Stopped."""
    from catalog.tasks.running import Stopped
    from governance.validation import engine
    from governance.validation.standard import compile_standard, load

    document = load(order.document)
    compiled = compile_standard(document, order.object_name or None)
    request = engine.ValidationRequest(
        data=order.data,
        standard=document,
        now=order.now,
        object_name=order.object_name or None,
        references=needed(compiled, order.references),
        previous=order.previous,
        first_version=order.previous is None,
        waivers=tuple(engine.Waiver(**w.as_plain()) for w in order.waivers),
        platform_key=order.key,
        profile=True,
        started=order.now,
    )
    try:
        return engine.validate(
            request, progress=counted(progress, order.rules), cancelled=lambda: progress.stopped
        )
    except engine.Stopped as error:
        raise Stopped from error


def counted(progress: Progress, rules: int) -> Callable[[float, str], None]:
    """The engine reports a share of the work; people read it as rules judged."""

    def report(share: float, _what: str) -> None:
        progress(int(share * rules), rules)

    return report


def needed(compiled: CompiledStandard, offered: Mapping[str, Path]) -> dict[str, Path]:
    """Only the references the rules name: opening one means hashing all of it. SQL may name any."""
    named: set[Any] = set()
    for rule in compiled.rules:
        if rule.kind == "sql":
            return dict(offered)
        named |= {rule.parameters.get("reference"), rule.parameters.get("against")}
    return {name: path for name, path in offered.items() if name in named}


def profiled(report: Report) -> list[ProfiledColumn]:
    """The engine's profile by column, with the level the report showed it at."""
    if report.profile is None:
        return []
    return [
        ProfiledColumn(name, {**facts, "level": report.levels.get(name)})
        for name, facts in report.profile["columns"].items()
    ]
