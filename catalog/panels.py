"""Parts of other people's pages: which datasets use a standard, and its latest runs."""

from __future__ import annotations

from typing import Any

from catalog.choices import GATE_TONES, GateState
from catalog.models import Dataset, DatasetVersion, ValidationRun
from catalog.selectors import Gate, gates_of, latest_versions
from governance.choices import JOB_TONES, JobState
from governance.models import StandardVersion
from governance.registry import Panel
from governance.subject_ref import SubjectRef
from ui import marks

SHOWN = 20


def standard_datasets(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """Datasets the reader may see that are held to this standard, with the gate of their newest version."""
    standard = StandardVersion.objects.filter(uid=ref.id).values_list("standard_id", flat=True).first()
    rows = Dataset.objects.visible_to(request.user).current().filter(standard=standard)[:SHOWN]
    datasets = list(rows)
    latest = latest_versions([d.pk for d in datasets])
    gates = gates_of(list(latest.values()))
    lines = [_line(dataset, latest.get(dataset.pk), gates) for dataset in datasets]
    return {"lines": lines} if lines else None


def _line(dataset: Dataset, version: DatasetVersion | None, gates: dict[str, Gate]) -> dict[str, Any]:
    gate = gates.get(version.uid) if version else None
    return {
        "dataset": dataset,
        "version": version,
        "gate": gate,
        "badge": marks.badge(GATE_TONES[gate.state], GateState(gate.state).label) if gate else "",
    }


def standard_runs(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """The latest checks against exactly this version, dry runs included."""
    rows = ValidationRun.objects.visible_to(request.user).filter(standard_version__uid=ref.id)
    related = ("version__dataset", "requested_by")
    runs = list(rows.select_related(*related)[:SHOWN])
    return {"runs": [{"run": run, "badge": _run_badge(run)} for run in runs]} if runs else None


def _run_badge(run: ValidationRun) -> Any:
    if run.gate:
        return marks.badge(GATE_TONES[run.gate], GateState(run.gate).label)
    return marks.badge(JOB_TONES[run.state], JobState(run.state).label)


PANELS = (
    Panel("standard_version.panels", "catalog/panels/standard_datasets.html", standard_datasets, 10),
    Panel("standard_version.panels", "catalog/panels/standard_runs.html", standard_runs, 20),
)
