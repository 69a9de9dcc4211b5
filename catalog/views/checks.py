"""Pages of validation runs, and the progress of every job."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog import actions, forms, permissions, selectors, tables
from catalog.choices import Dimension
from catalog.models import CleaningRun, DatasetVersion, DerivationRun, IngestRun, RuleOutcome, ValidationRun
from catalog.selectors import pages
from catalog.views import charts
from catalog.views.base import acted, person, seen
from governance.models import local_name
from ui.htmx import STOP_POLLING

JOBS: dict[str, Any] = {
    "ingest": IngestRun,
    "validation": ValidationRun,
    "cleaning": CleaningRun,
    "derivation": DerivationRun,
}
RUN_RELATED = ("version__dataset", "standard_version__standard", "previous", "requested_by")


@login_required
@require_GET
def runs_page(request: HttpRequest) -> HttpResponse:
    form = forms.RunFilter(request.GET)
    rows = charts.runs_listed(ValidationRun.objects.visible_to(person(request)))
    if form.is_valid():
        rows = _filtered(rows, form.cleaned_data)
    return render(
        request, "catalog/validation_run_list.html", {"filter": form, "page": tables.RUNS.page(request, rows)}
    )


def _filtered(rows: QuerySet[ValidationRun], wanted: dict[str, Any]) -> QuerySet[ValidationRun]:
    if wanted["q"]:
        q = wanted["q"]
        rows = rows.filter(
            Q(version__dataset__name__icontains=q)
            | Q(version__dataset__title__icontains=q)
            | Q(version__dataset__title_zh__icontains=q)
        )
    for field in ("state", "gate"):
        if wanted[field]:
            rows = rows.filter(**{field: wanted[field]})
    return rows


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
        lambda: actions.validation_request(
            actor=person(request),
            version=run.version,
            references=run.references,
            standard_version=run.standard_version,
            previous=run.previous,
        ),
        _("The check is queued; this page follows it."),
        run,
    )


@login_required
@require_GET
def run_page(request: HttpRequest, uid: str) -> HttpResponse:
    run: ValidationRun = seen(request, ValidationRun, uid, *RUN_RELATED)
    before = pages.run_before(run) if run.gate else None
    rows = pages.outcome_rows(run, before) if run.gate else []
    wanted = request.GET.get("verdict", "")
    shown = [row for row in rows if row.outcome.verdict == wanted] if wanted else rows
    context = {
        "run": run,
        "kind": "validation",
        "version": run.version,
        "dataset": run.version.dataset,
        "badge": tables.run_gate(run),
        "reason": tables.reason_words(run),
        "gate": selectors.gate_of(run.version.uid),
        "before": before,
        "score": tables.score(run.score),
        "trend": [float(r.score) for r in pages.quality_history(run.version.dataset)],
        "unmet": sum(row.outcome.verdict != "passed" for row in rows),
        "outcomes": (tables.OUTCOMES if before else tables.OUTCOMES_ALONE).of(shown),
        "dimension_scores": [
            (Dimension(name).label, tables.score(value)) for name, value in run.dimensions.items()
        ],
        "warnings": [local_name(w["message_en"], w["message_zh"]) for w in run.warnings],
        "references": _references(request, run),
        "sample": _sample(rows, request.GET.get("rule", "")),
        "may_cancel": not run.is_over and permissions.may_cancel(person(request), run, run.version.dataset),
        "may_again": run.is_over and permissions.may_validate(person(request), run.version.dataset),
    }
    return render(request, "catalog/validation_run.html", context)


def _references(request: HttpRequest, run: ValidationRun) -> list[tuple[str, DatasetVersion]]:
    """The versions given for the names, as far as the reader may see them."""
    rows = DatasetVersion.objects.visible_to(person(request)).filter(uid__in=run.references.values())
    named = {version.uid: version for version in rows.select_related("dataset")}
    return [(name, named[uid]) for name, uid in sorted(run.references.items()) if uid in named]


def _sample(rows: list[pages.OutcomeRow], wanted: str) -> dict[str, Any] | None:
    """Masked failing rows of the rule asked for, else of the worst one that has some."""
    having = [row.outcome for row in rows if row.outcome.samples]
    chosen: RuleOutcome | None = next(
        (o for o in having if o.rule_id == wanted), having[0] if having else None
    )
    if chosen is None:
        return None
    keys = list(chosen.samples[0].get("key") or {})
    columns = [name for name in chosen.samples[0].get("values") or {} if name not in keys]
    lines = [
        [
            s.get("row"),
            *[(s.get("key") or {}).get(k) for k in keys],
            *[(s.get("values") or {}).get(c) for c in columns],
        ]
        for s in chosen.samples
    ]
    return {"outcome": chosen, "headers": [*keys, *columns], "lines": lines}


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
    response = render(request, "catalog/parts/progress.html", {"run": run, "kind": kind})
    if run.is_over:
        response.status_code = STOP_POLLING
        response.headers["HX-Refresh"] = "true"
    return response
