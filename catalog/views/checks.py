"""Asking for checks, the engine of a dataset's checks, and the progress of every job."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog import actions, forms
from catalog.models import CleaningRun, Dataset, DatasetVersion, DerivationRun, IngestRun, ValidationRun
from catalog.views import outcomes
from catalog.views.base import acted, person, seen
from ui.htmx import STOP_POLLING

JOBS: dict[str, Any] = {
    "ingest": IngestRun,
    "validation": ValidationRun,
    "cleaning": CleaningRun,
    "derivation": DerivationRun,
}


@login_required
@require_POST
def validate(request: HttpRequest, uid: str) -> HttpResponse:
    version = seen(request, DatasetVersion, uid, "dataset__standard")
    return acted(
        request,
        lambda: actions.validation_request(actor=person(request), version=version),
        _("The check is queued; this page follows it."),
        version,
    )


@login_required
@require_POST
def run_again(request: HttpRequest, uid: str) -> HttpResponse:
    """The same check once more: same standard version, same references."""
    run = seen(request, ValidationRun, uid, "version__dataset__standard", "standard_version", "previous")
    return acted(
        request,
        lambda: actions.validation_again(actor=person(request), run=run),
        _("The check is queued; this page follows it."),
        run,
    )


@login_required
@require_POST
def engine_change(request: HttpRequest, uid: str) -> HttpResponse:
    """Say how the engine of a dataset's checks is chosen."""
    dataset: Dataset = seen(request, Dataset, uid, "standard")
    back = f"{reverse('catalog:dataset', args=[uid])}?tab=quality#engine"
    form = forms.EngineForm(request.POST)
    if not form.is_valid():
        return redirect(back)
    return acted(
        request,
        lambda: actions.dataset_change(actor=person(request), dataset=dataset, **form.cleaned_data) and None,
        _("The next check of this dataset runs as chosen."),
        back,
    )


def _job(request: HttpRequest, kind: str, uid: str) -> Any:
    if kind not in JOBS:
        raise Http404
    return seen(request, JOBS[kind], uid)


@login_required
@require_POST
def job_cancel(request: HttpRequest, kind: str, uid: str) -> HttpResponse:
    run = _job(request, kind, uid)
    return acted(
        request,
        lambda: actions.run_cancel(actor=person(request), run=run),
        _("The job is asked to stop. Nothing of it will be published."),
        run,
    )


@login_required
@require_GET
def job_progress(request: HttpRequest, kind: str, uid: str) -> HttpResponse:
    """The progress part, asked for every two seconds; when the job is over the page loads itself anew."""
    run = _job(request, kind, uid)
    context = {"run": run, "kind": kind, "doing": outcomes.doing(run)}
    response = render(request, "catalog/parts/progress.html", context)
    if run.is_over:
        response.status_code = STOP_POLLING
        response.headers["HX-Refresh"] = "true"
    return response
