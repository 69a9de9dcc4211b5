"""Pages of dataset versions: facts, masked rows, uploads."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog import actions, forms, permissions, reading, selectors, tables
from catalog.models import Dataset, DatasetVersion, IngestRun
from catalog.selectors import access, diffs, pages, suggestions
from catalog.views import charts
from catalog.views.base import form_page, person, refused, seen
from governance import panels, registry
from governance.choices import AccessAction
from governance.exceptions import DomainError
from governance.models import User
from governance.subject_ref import SubjectRef


def version_seen(request: HttpRequest, uid: str) -> DatasetVersion:
    version: DatasetVersion = seen(request, DatasetVersion, uid, "dataset__standard", "created_by")
    return version


def version_context(request: HttpRequest, version: DatasetVersion) -> dict[str, Any]:
    ref = SubjectRef("dataset_version", version.uid, version.digest)
    gate = selectors.gate_of(version.uid)
    before = diffs.version_before(version)
    made_by = SubjectRef(version.made_by_kind, version.made_by_id)
    user = person(request)
    return {
        "version": version,
        "dataset": version.dataset,
        "gate_facts": gate,
        "gate": tables.gate_headline(gate),
        "level": tables.level_mark(version.dataset.level),
        "columns": tables.COLUMNS.of(pages.column_rows(version, gate)),
        "files": sorted(version.files.items()),
        "before": before,
        "suggested": suggestions.suggestion_counts(version),
        "changes": charts.diff_lines(diffs.version_diff(before, version)) if before else [],
        "made_by_title": registry.title_of(made_by),
        "made_by_url": registry.page_of(made_by),
        "acts": panels.acts(request, "dataset_version.acts", ref),
        "panels": panels.panels(request, "dataset_version.panels", ref),
        "may_validate": permissions.may_validate(user, version.dataset),
        "may_clean": permissions.may_clean(user, version.dataset),
        **_reading_forms(user, version),
    }


def _reading_forms(user: User, version: DatasetVersion) -> dict[str, Any]:
    """Forms of looking and taking away, with the purposes for which the reader holds a permit."""
    held = access.permitted_purposes(user, version, AccessAction.READ)
    taken = access.permitted_purposes(user, version, AccessAction.EXPORT)
    return {
        "purposes": held,
        "export_purposes": taken,
        "look": forms.LookForm(permitted=held),
        "cell": forms.CellForm(permitted=held),
        "export": forms.ExportForm(permitted=taken),
    }


def _permitted(request: HttpRequest, version: DatasetVersion) -> list[str]:
    return access.permitted_purposes(person(request), version, AccessAction.READ)


@login_required
@require_GET
def version_page(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "catalog/version.html", version_context(request, version_seen(request, uid)))


@login_required
@require_POST
def version_rows(request: HttpRequest, uid: str) -> HttpResponse:
    """The first rows, masked. A POST: the look is in the ledger before a byte is read."""
    version = version_seen(request, uid)
    permitted = _permitted(request, version)
    form = forms.LookForm(request.POST, permitted=permitted)
    if not form.is_valid():
        return redirect(version)
    data = form.cleaned_data
    try:
        rows = reading.version_rows(
            actor=person(request), version=version, purpose=data["purpose"], start=data["start"] or 0
        )
    except DomainError as error:
        refused(request, error)
        return redirect(version)
    context = {
        **version_context(request, version),
        "rows": rows,
        "look": forms.LookForm(
            permitted=permitted,
            initial={"purpose": data["purpose"], "start": rows.start + reading.PAGE_ROWS},
        ),
    }
    return render(request, "catalog/version.html", context)


@login_required
@require_POST
def version_cell(request: HttpRequest, uid: str) -> HttpResponse:
    """Open one cell, where role or permit covers its level."""
    version = version_seen(request, uid)
    form = forms.CellForm(request.POST, permitted=_permitted(request, version))
    if not form.is_valid():
        return render(
            request, "catalog/version.html", {**version_context(request, version), "cell": form}, status=400
        )
    try:
        value = reading.version_cell(actor=person(request), version=version, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, f"{error.text} {error.next_step}")
        context = {**version_context(request, version), "cell": form}
        return render(request, "catalog/version.html", context, status=error.status)
    context = {
        **version_context(request, version),
        "cell": form,
        "opened": {"value": value, **form.cleaned_data},
    }
    return render(request, "catalog/version.html", context)


@login_required
def upload_page(request: HttpRequest, uid: str) -> HttpResponse:
    dataset: Dataset = seen(request, Dataset, uid, "standard")

    def act(data: dict[str, Any]) -> IngestRun:
        file = data["file"]
        return actions.version_upload(
            actor=person(request),
            dataset=dataset,
            stream=file,
            filename=file.name,
            label=data["label"],
            announced=file.size,
        )

    return form_page(
        request,
        forms.UploadForm(request.POST or None, request.FILES or None),
        "catalog/upload_form.html",
        act,
        _("The file has arrived. A worker reads it strictly; the version appears when that succeeds."),
        dataset=dataset,
        cancel_url=reverse("catalog:dataset", args=[dataset.uid]),
    )


@login_required
@require_GET
def ingest_page(request: HttpRequest, uid: str) -> HttpResponse:
    run: IngestRun = seen(request, IngestRun, uid, "dataset", "version", "requested_by")
    context = {
        "run": run,
        "kind": "ingest",
        "dataset": run.dataset,
        "badge": tables.job_badge(run),
        "reason": tables.reason_words(run),
        "may_cancel": not run.is_over and permissions.may_cancel(person(request), run, run.dataset),
    }
    return render(request, "catalog/ingest_run.html", context)
