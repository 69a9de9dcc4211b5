"""Parts of other people's pages: which datasets use a standard, and its latest runs."""

from __future__ import annotations

from typing import Any

from catalog.models import Dataset, ValidationRun
from catalog.selectors import gates_of, latest_versions
from governance.models import StandardVersion
from governance.registry import Panel
from governance.subject_ref import SubjectRef

SHOWN = 20


def standard_datasets(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """Datasets the reader may see that are held to this standard, with the gate of their newest version."""
    standard = StandardVersion.objects.filter(uid=ref.id).values_list("standard_id", flat=True).first()
    rows = Dataset.objects.visible_to(request.user).current().filter(standard=standard)[:SHOWN]
    datasets = list(rows)
    latest = latest_versions([d.pk for d in datasets])
    gates = gates_of(list(latest.values()))
    lines = [
        {"dataset": d, "version": latest.get(d.pk), "gate": gates[latest[d.pk].uid] if d.pk in latest else None}
        for d in datasets
    ]
    return {"lines": lines} if lines else None


def standard_runs(request: Any, ref: SubjectRef) -> dict[str, Any] | None:
    """The latest checks against exactly this version, dry runs included."""
    rows = ValidationRun.objects.visible_to(request.user).filter(standard_version__uid=ref.id)
    runs = list(rows.select_related("version__dataset")[:SHOWN])
    return {"runs": runs} if runs else None


PANELS = (
    Panel("standard_version.panels", "catalog/panels/standard_datasets.html", standard_datasets, 10),
    Panel("standard_version.panels", "catalog/panels/standard_runs.html", standard_runs, 20),
)
