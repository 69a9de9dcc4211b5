"""Check a version against a standard and store the report."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from catalog import selectors
from catalog.choices import Engine, EngineStep
from catalog.gate import WaiverFacts
from catalog.keys import masking_key
from catalog.models import Column, DatasetVersion, ValidationRun
from catalog.processing.checking import CheckedData, CheckOrder, DrySettings, checked
from catalog.processing.child import Refused
from catalog.processing.suggesting import Past
from catalog.selectors import suggestions
from catalog.services.validation import ProfiledColumn, validation_note, validation_store
from catalog.tasks.inputs import DATA, PREVIOUS, REFERENCE, Input, present, require_all_same, watched
from catalog.tasks.running import Step, carry_out, computed
from governance.choices import StandardStatus
from governance.selectors import document_of

SHORTEST_READING = 0.5
"""Seconds from which on a rate of rows says something."""
NOTE_SECONDS = 2.0
RELATED = ("version__dataset", "standard_version__standard", "previous__dataset", "requested_by")


@shared_task(name="catalog.tasks.validation_run", ignore_result=True)
def validation_run(uid: str) -> None:
    carry_out(ValidationRun, uid, _work)


def _work(claimed: ValidationRun) -> None:
    run = ValidationRun.objects.select_related(*RELATED).get(pk=claimed.pk)
    if run.engine_name == Engine.SPARK and not settings.GAVEL_SPARK_MASTER:
        raise Refused("spark_not_configured")
    validation_note(run=run, work={"step": EngineStep.STARTING})
    now = timezone.now()
    inputs = _inputs(run)
    waivers = tuple(selectors.live_waivers(run.version.dataset, now=now))
    with watched(inputs):
        order = _order(run, inputs, waivers, now)
        bounded = run.engine_name != Engine.SPARK
        made = computed(run, checked, order, note=_Noting(run), bounded=bounded)
    report = json.loads(made.report)
    require_all_same(inputs, report)
    validation_store(
        run=run,
        document=made.report,
        profile=[ProfiledColumn(name, facts) for name, facts in made.profile.items()],
        gate_until=_gate_until(report, waivers),
        work=_cost(run, made),
        suggestions=made.suggestions,
    )


def _inputs(run: ValidationRun) -> list[Input]:
    """Everything the run reads, as it lies there now. Raises Refused where something is gone."""
    versions = {
        v.uid: v
        for v in DatasetVersion.objects.filter(uid__in=run.references.values()).select_related("dataset")
    }
    found = [present(DATA, run.version)]
    for name, uid in run.references.items():
        if uid not in versions:
            raise Refused("reference_gone", {REFERENCE: name})
        found.append(present(REFERENCE, versions[uid], name))
    if run.previous is not None:
        found.append(present(PREVIOUS, run.previous))
    return found


def _order(
    run: ValidationRun, inputs: Sequence[Input], waivers: Sequence[WaiverFacts], now: dt.datetime
) -> CheckOrder:
    before = next((one for one in inputs if one.part == PREVIOUS), None)
    references = [one for one in inputs if one.part == REFERENCE]
    addresses = {
        "data": _address(run.version),
        "standard": f"standard-versions/{run.standard_version.uid}",
        **{f"reference:{one.name}": _address(one.version) for one in references},
    }
    return CheckOrder(
        document=_text(run),
        least_levels=known_levels(run),
        dry=DrySettings(run.sample_rows) if run.dry_run else None,
        object_name=run.object_name,
        data=inputs[0].path,
        references={one.name: one.path for one in references},
        previous=before.path if before else None,
        waivers=tuple(waiver.as_plain() for waiver in waivers),
        now=now,
        key=masking_key(),
        rules=run.progress_total,
        engine=run.engine_name,
        spark_master=settings.GAVEL_SPARK_MASTER,
        addresses=addresses | ({PREVIOUS: _address(before.version)} if before else {}),
        past=_past(run),
    )


def _text(run: ValidationRun) -> bytes:
    """The very text the check was asked for with, though its draft was edited since. Raises Refused."""
    found = document_of(run.standard_version, run.standard_digest)
    if found is None:
        raise Refused("standard_text_gone")
    return found


def known_levels(run: ValidationRun) -> dict[str, int]:
    """Column → level it had at ingest, 0 where it was not classified.

    Only a text in force may show what was masked: a draft is one person's word. Nothing for a text in force.
    """
    if run.standard_version.status == StandardStatus.IN_FORCE:
        return {}
    return {column.name: column.level or 0 for column in Column.objects.filter(version=run.version)}


def _past(run: ValidationRun) -> Past:
    """What earlier checks and people said: rules are suggested against it."""
    said = suggestions.answered_for(run.version.dataset)
    return Past(suggestions.profile_of(run.previous), said.accepted, said.rejected)


def _address(version: DatasetVersion) -> str:
    """What the report says instead of a path of this machine: the version's address in the API."""
    return f"dataset-versions/{version.uid}"


class _Noting:
    """Writes the step a check is in: when it changes, else every few seconds, with the rate of rows."""

    def __init__(self, run: ValidationRun) -> None:
        self._run = run
        self._rows = min(run.version.rows, run.sample_rows or run.version.rows)
        self._begun: float | None = None
        self._noted = 0.0

    def __call__(self, step: Step) -> None:
        code, _, which = step.code.partition(":")
        work = dict(self._run.work) | {"step": code, "rule": "", "rows": self._rows}
        if code == EngineStep.READING:
            work |= self._read(step, int(which or 0))
        else:
            work |= {"rule": which, **self._read(step, self._rows)}
            self._begun = None
        if code == self._run.work.get("step") and step.seconds < self._noted + NOTE_SECONDS:
            return
        if work != self._run.work:
            self._noted = step.seconds
            validation_note(run=self._run, work=work)

    def _read(self, step: Step, rows: int) -> dict[str, int]:
        """Rows seen, and per second since reading began; the start of the process is not counted."""
        if self._begun is None:
            if step.code != EngineStep.READING:
                return {}
            self._begun = step.seconds
        took = step.seconds - self._begun
        rate = {"rows_per_second": int(rows / took)} if rows and took >= SHORTEST_READING else {}
        return {"rows_seen": rows, **rate}


def _cost(run: ValidationRun, made: CheckedData) -> dict[str, Any]:
    return {**made.work, "rule": "", "rows_per_second": run.work.get("rows_per_second")}


def _gate_until(report: Mapping[str, Any], waivers: Sequence[WaiverFacts]) -> dt.datetime | None:
    """The instant at which the first waiver ends that the report rests on."""
    applied = {rule["waived"] for rule in report["rules"] if rule.get("waived")}
    return min((w.expires for w in waivers if w.decision in applied), default=None)
