"""Pages of sources and datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog import actions, forms, permissions, selectors, tables
from catalog.models import Dataset, DatasetVersion, Incident, Ownership, Source
from catalog.selectors import diffs, pages
from catalog.selectors.suggestions import suggestion_counts
from catalog.views import charts
from catalog.views.base import form_page, person, seen
from governance import panels
from governance.choices import PERMIT_TONES, PermitStatus
from governance.models import Decision, Permit
from governance.selectors import PermitRow, permit_rows, version_in_force
from governance.subject_ref import SubjectRef
from ui import marks
from ui.csp import charts_allowed

TABS = ("overview", "columns", "quality", "lineage", "versions", "decisions")


@login_required
@require_GET
def sources_page(request: HttpRequest) -> HttpResponse:
    form = forms.NameFilter(request.GET)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    rows = Source.objects.visible_to(person(request)).annotate(dataset_count=Count("datasets"))
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(title__icontains=q) | Q(title_zh__icontains=q))
    context = {
        "filter": form,
        "page": tables.SOURCES.page(request, rows),
        "may_register": permissions.may_register(person(request)),
    }
    return render(request, "catalog/source_list.html", context)


@login_required
def source_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        forms.SourceForm(request.POST or None),
        "catalog/source_form.html",
        lambda data: actions.source_register(actor=person(request), **data),
        _("The source is registered."),
        cancel_url=reverse("catalog:sources"),
    )


@login_required
@require_GET
def source_page(request: HttpRequest, uid: str) -> HttpResponse:
    source = seen(request, Source, uid, "created_by")
    rows = Dataset.objects.visible_to(person(request)).filter(source=source)
    context = {"source": source, "page": tables.DATASETS.page(request, rows)}
    return render(request, "catalog/source.html", context)


@login_required
@require_GET
def datasets_page(request: HttpRequest) -> HttpResponse:
    form = forms.DatasetFilter(request.GET)
    rows = selectors.datasets_found(person(request), form.cleaned_data if form.is_valid() else {})
    context = {
        "filter": form,
        "page": tables.DATASETS.page(request, rows),
        "may_register": permissions.may_register(person(request)),
    }
    return render(request, "catalog/dataset_list.html", context)


@login_required
def dataset_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        forms.DatasetForm(request.POST or None, user=person(request)),
        "catalog/dataset_form.html",
        lambda data: actions.dataset_register(actor=person(request), **data),
        _("The dataset is registered. Upload its first version."),
        cancel_url=reverse("catalog:datasets"),
    )


@dataclass(frozen=True, slots=True)
class DatasetPage:
    """The head of a dataset's page, the same on every tab."""

    dataset: Dataset
    ref: SubjectRef
    version: DatasetVersion | None
    gate: selectors.Gate
    people: list[Ownership]
    law: Any
    incidents: int
    tab: str
    may_upload: bool
    may_validate: bool


def _head(request: HttpRequest, uid: str) -> DatasetPage:
    dataset = seen(request, Dataset, uid, "source", "standard", "created_by")
    version = selectors.latest_version(dataset)
    gate = selectors.gate_of(version.uid) if version else selectors.UNKNOWN
    asked = request.GET.get("tab", TABS[0])
    user = person(request)
    return DatasetPage(
        dataset=dataset,
        ref=SubjectRef("dataset", dataset.uid),
        version=version,
        gate=gate,
        people=list(Ownership.objects.current().filter(dataset=dataset).select_related("user")),
        law=version_in_force(dataset.standard.name) if dataset.standard else None,
        incidents=Incident.objects.open().filter(dataset=dataset).count(),
        tab=asked if asked in TABS else TABS[0],
        may_upload=dataset.archived_at is None and permissions.may_upload(user, dataset),
        may_validate=permissions.may_validate(user, dataset),
    )


@login_required
@require_GET
@charts_allowed
def dataset_page(request: HttpRequest, uid: str) -> HttpResponse:
    head = _head(request, uid)
    parts = {
        "overview": _overview,
        "columns": _columns,
        "quality": _quality,
        "lineage": _lineage,
        "versions": _versions,
        "decisions": _decisions,
    }
    context = {
        "head": head,
        "dataset": head.dataset,
        "version": head.version,
        "gate": tables.gate_headline(head.gate),
        "level": tables.level_mark(head.dataset.level),
        "acts": panels.acts(request, "dataset.acts", head.ref),
        **parts[head.tab](request, head),
    }
    return render(request, f"catalog/dataset_{head.tab}.html", context)


def _overview(request: HttpRequest, head: DatasetPage) -> dict[str, Any]:
    facts: dict[str, Any] = {"panels": panels.panels(request, "dataset.panels", head.ref)}
    if head.version is not None:
        facts["failed"] = head.gate.failed
        facts["score"] = tables.score(head.gate.score)
        facts["trend"] = [float(run.score) for run in pages.quality_history(head.dataset)]
    return facts


def _columns(_request: HttpRequest, head: DatasetPage) -> dict[str, Any]:
    rows = pages.column_rows(head.version, head.gate) if head.version else []
    return {"columns": tables.COLUMNS.of(rows)}


def _quality(request: HttpRequest, head: DatasetPage) -> dict[str, Any]:
    runs = pages.quality_history(head.dataset)
    return {
        "history": charts.quality_history(runs) if runs else None,
        "suggested": suggestion_counts(head.version) if head.version else {},
        "runs": tables.RUNS.page(request, charts.runs_of(head.dataset)),
        "engine_form": forms.EngineForm(initial={"validation_engine": head.dataset.validation_engine}),
        "engine": head.dataset.get_validation_engine_display(),
        "spark": settings.GAVEL_SPARK_MASTER != "",
        "spark_above": settings.GAVEL_SPARK_ABOVE_BYTES,
        "may_change": permissions.may_change(person(request), head.dataset),
        "incidents": tables.INCIDENTS.of(
            Incident.objects.filter(dataset=head.dataset).select_related("dataset", "version", "owner")[:20]
        ),
    }


def _lineage(request: HttpRequest, head: DatasetPage) -> dict[str, Any]:
    if head.version is None:
        return {"nodes": [], "edges": []}
    nodes, edges = charts.lineage_of(person(request), head.version)
    return {"nodes": nodes, "edges": edges}


def _versions(request: HttpRequest, head: DatasetPage) -> dict[str, Any]:
    rows = DatasetVersion.objects.filter(dataset=head.dataset).select_related("dataset", "created_by")
    before = diffs.version_before(head.version) if head.version else None
    changes = diffs.version_diff(before, head.version) if before and head.version else []
    return {
        "versions": tables.VERSIONS.page(request, rows.order_by("-number")),
        "before": before,
        "changes": charts.diff_lines(changes),
    }


def _decisions(_request: HttpRequest, head: DatasetPage) -> dict[str, Any]:
    """Decisions and permits about the dataset and its versions (governance's; open cases are panels)."""
    versions = DatasetVersion.objects.filter(dataset=head.dataset).values("uid")
    about = Q(subject_kind="dataset", subject_id=head.dataset.uid) | Q(
        subject_kind="dataset_version", subject_id__in=versions
    )
    permits = Permit.objects.filter(about).select_related("decision").prefetch_related("events")[:20]
    return {
        "decisions": Decision.objects.filter(about)[:20],
        "permits": [(row, _permit_badge(row)) for row in permit_rows(list(permits))],
        "panels": panels.panels(_request, "dataset.panels", head.ref),
    }


def _permit_badge(row: PermitRow) -> Any:
    if not row.authentic:
        return marks.badge("bad", _("Signature does not match"))
    return marks.badge(PERMIT_TONES[row.status], PermitStatus(row.status).label)
