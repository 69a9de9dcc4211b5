"""Pages of validation runs: the list, one run beside another of the same dataset, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from catalog import forms, permissions, selectors, tables
from catalog.choices import Dimension
from catalog.models import Dataset, DatasetVersion, Quarantine, RuleOutcome, ValidationReport, ValidationRun
from catalog.selectors import pages, runs
from catalog.views import charts, outcomes
from catalog.views.base import person, seen
from governance import panels
from governance.models import local_name
from governance.subject_ref import SubjectRef

RUN_RELATED = ("version__dataset", "standard_version__standard", "previous", "requested_by")
KEPT = ("q", "verdict", "severity", "dimension", "against", "all", "rule")


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
    for field in ("state", "verdict", "gate", "engine_name"):
        if wanted[field]:
            rows = rows.filter(**{field: wanted[field]})
    return rows


@login_required
@require_GET
def run_page(request: HttpRequest, uid: str) -> HttpResponse:
    run: ValidationRun = seen(request, ValidationRun, uid, *RUN_RELATED)
    dataset = run.version.dataset
    context = {
        "run": run,
        "kind": "validation",
        "version": run.version,
        "dataset": dataset,
        "badge": tables.run_gate(run),
        "reason": tables.reason_words(run),
        "doing": outcomes.doing(run),
        "engine": outcomes.engine_pairs(run),
        "references": _references(request, run),
        "may_cancel": not run.is_over and permissions.may_cancel(person(request), run, dataset),
        "may_again": run.is_over and permissions.may_validate(person(request), dataset),
        **(_judged(request, run) if run.gate else {}),
    }
    return render(request, "catalog/validation_run.html", context)


def _judged(request: HttpRequest, run: ValidationRun) -> dict[str, Any]:
    """What a finished run shows."""
    offered = list(runs.runs_comparable(person(request), run)[: runs.MOST_OFFERED])
    before = _against(request, run, offered)
    both = runs.compared(run, before)
    shown = _shown(request, both, offered)
    figures = runs.run_figures(run, [row.outcome for row in both.rows], run.version.columns.count())
    earlier = [row.before for row in both.rows if row.before] + list(both.gone)
    failed_before = runs.failing_rows(earlier, before.rows) if before else None
    chosen = _chosen(both, request.GET.get("rule", ""))
    cleaning = _cleaning(request, run)
    return {
        "before": before,
        "both": both,
        "gate": selectors.gate_of(run.version.uid),
        "score": tables.score(run.score),
        "score_before": tables.score(before.score) if before else None,
        "trend": [float(r.score) for r in pages.quality_history(run.version.dataset) if r.pk <= run.pk],
        "figures": figures,
        "unmet_note": outcomes.unmet_note(figures),
        "failing": outcomes.failing_value(figures.failing),
        "failing_note": outcomes.failing_note(figures.failing, run.rows, failed_before),
        "schema_note": outcomes.schema_note(figures),
        "took": (run.finished_at - run.started_at).total_seconds()
        if run.finished_at and run.started_at
        else None,
        "cleaning": cleaning,
        "held_note": _held_note(cleaning),
        "dimension_scores": [
            (Dimension(name).label, tables.score(value)) for name, value in run.dimensions.items()
        ],
        "warnings": [local_name(w["message_en"], w["message_zh"]) for w in run.warnings],
        "chosen": chosen,
        "rule_pairs": outcomes.rule_pairs(chosen) if chosen else [],
        "rule_panels": _rule_panels(request, run, chosen) if chosen else [],
        "sample": _sample(chosen.outcome) if chosen else None,
        **shown,
    }


def _rule_panels(request: HttpRequest, run: ValidationRun, chosen: runs.OutcomeRow) -> list[SafeString]:
    """What other rooms add about one rule of one check; its id is both of theirs."""
    ref = SubjectRef("rule_outcome", f"{run.uid}/{chosen.outcome.rule_id}")
    return panels.panels(request, "validation_run.rule", ref)


def _against(request: HttpRequest, run: ValidationRun, offered: list[ValidationRun]) -> ValidationRun | None:
    """The run to compare with: the one asked for, else the one before. Raises Http404."""
    uid = request.GET.get("against", "")
    if not uid:
        return runs.run_before(run)
    found = next((one for one in offered if one.uid == uid), None)
    found = found or runs.runs_comparable(person(request), run).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, both: runs.Comparison, offered: list[ValidationRun]) -> dict[str, Any]:
    """The rows of the table: those that fit the filter, else all but the unchanged passes."""
    form = forms.OutcomeFilter(request.GET, runs=offered)
    wanted = form.cleaned_data if form.is_valid() else {}
    narrow = any(wanted.get(name) for name in ("q", "verdict", "severity", "dimension"))
    rows = runs.narrowed(both.rows, wanted)
    calm = 0 if narrow else sum(row.is_unchanged_pass for row in rows)
    whole = "all" in request.GET
    if not narrow and not whole and calm < len(rows):
        rows = [row for row in rows if not row.is_unchanged_pass]
    rows = [row.at(_address(request, rule=row.outcome.rule_id) + "#rule") for row in rows]
    table = outcomes.OUTCOMES if both.other else outcomes.OUTCOMES_ALONE
    may_hide = not narrow and 0 < calm < len(both.rows)
    hiding = may_hide and not whole
    return {
        "outcomes": table.of(rows),
        "filter": form,
        "calm": calm,
        "hiding": hiding,
        "toggle_url": _address(request, all="1" if hiding else "") if hiding or may_hide else "",
    }


def _address(request: HttpRequest, **changes: str) -> str:
    """This page with some of its parameters changed; empty ones are left out."""
    query = request.GET.copy()
    for name in set(query) - set(KEPT):
        del query[name]
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"


def _chosen(both: runs.Comparison, wanted: str) -> runs.OutcomeRow | None:
    """The rule asked for, else the worst one with sample rows, else that is unmet, else that changed."""
    for row in both.rows:
        if row.outcome.rule_id == wanted:
            return row
    sampled = next((row for row in both.rows if row.outcome.samples), None)
    unmet = next((row for row in both.rows if row.outcome.verdict != "passed"), None)
    changed = next((row for row in both.rows if not row.is_unchanged_pass), None)
    return sampled or unmet or changed or (both.rows[0] if both.rows else None)


def _references(request: HttpRequest, run: ValidationRun) -> list[tuple[str, DatasetVersion]]:
    """The versions given for the names, as far as the reader may see them."""
    rows = DatasetVersion.objects.visible_to(person(request)).filter(uid__in=run.references.values())
    named = {version.uid: version for version in rows.select_related("dataset")}
    return [(name, named[uid]) for name, uid in sorted(run.references.items()) if uid in named]


@dataclass(frozen=True, slots=True)
class CleaningShown:
    """Rows set aside by the cleaning that made the version; links only for those who may see its source."""

    rows: int
    run_url: str
    quarantine: Quarantine | None
    reasons: list[tuple[str, int]]


def _cleaning(request: HttpRequest, run: ValidationRun) -> CleaningShown | None:
    found = runs.cleaned_from(run)
    if found is None:
        return None
    made, held = found
    seen_source = Dataset.objects.visible_to(person(request)).filter(pk=made.version.dataset_id).exists()
    return CleaningShown(
        made.rows_quarantined or 0,
        made.get_absolute_url() if seen_source else "",
        held if seen_source else None,
        sorted(held.reasons.items()) if held and seen_source else [],
    )


def _held_note(shown: CleaningShown | None) -> Any:
    if shown is None:
        return ""
    words = _("set aside by its cleaning")
    url = shown.quarantine.get_absolute_url() if shown.quarantine else ""
    return format_html('<a href="{}">{}</a>', url, words) if url else words


@dataclass(frozen=True, slots=True)
class Sample:
    """Masked failing rows of one rule: record number, key, values."""

    headers: list[str]
    lines: list[list[Any]]
    masked: bool


def _sample(outcome: RuleOutcome) -> Sample | None:
    if not outcome.samples:
        return None
    keys = list(outcome.samples[0].get("key") or {})
    columns = [name for name in outcome.samples[0].get("values") or {} if name not in keys]
    lines = [
        [
            sample.get("row"),
            *[(sample.get("key") or {}).get(name) for name in keys],
            *[(sample.get("values") or {}).get(name) for name in columns],
        ]
        for sample in outcome.samples
    ]
    hidden = any(str(cell) == "***" or str(cell).startswith("h:") for line in lines for cell in line[1:])
    return Sample([*keys, *columns], lines, hidden)


@login_required
@require_GET
def run_report(request: HttpRequest, uid: str) -> HttpResponse:
    """The report as a file, byte for byte as it was stored."""
    run: ValidationRun = seen(request, ValidationRun, uid, "version__dataset")
    return report_response(run)


def report_response(run: ValidationRun) -> HttpResponse:
    """Raises Http404 where none is kept: the run is not over, has failed, or is older than the keeping."""
    held = ValidationReport.objects.filter(run=run).first()
    if held is None:
        raise Http404
    name = f"{run.version.dataset.name}-v{run.version.number}-{run.uid[:8]}.validation.json"
    answer = HttpResponse(bytes(held.document), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
