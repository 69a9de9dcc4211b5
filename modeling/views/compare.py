"""Runs side by side, and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from modeling import charts, forms, tables
from modeling.selectors.comparison import Comparison, comparison, uids_of
from modeling.views.base import person
from ui.csp import charts_allowed

FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "run", "name", "plan", "plan_digest", "task", "method", "backbone", "test_version", "test_digest",
    "permits", "metric", "n", "value", "low", "high",
)  # fmt: skip


@login_required
@require_GET
@charts_allowed
def compare_page(request: HttpRequest) -> HttpResponse:
    found = comparison(person(request), uids_of(request.GET.get("runs", "")))
    form = forms.CompareForm(found, request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    metric = found.first_metric(wanted.get("metric", ""))
    baseline = wanted.get("baseline") or (found.runs[0].uid if found.runs else "")
    rows = found.scores(metric, baseline)
    shown = [row for row in found.parameters if row.differs or not wanted.get("only")]
    context = {
        "filter": form,
        "found": found,
        "metric": charts.metric_word(metric),
        "scores": tables.COMPARED.of(rows),
        "groups": tables.SEEDS.of(found.groups(metric)),
        "grouped": bool(found.groups(metric)),
        "chart": charts.compared_chart(metric, rows),
        "curves": charts.compared_curves(found.runs, baseline),
        "parameters": shown,
        "hidden": len(found.parameters) - len(shown),
        "query": request.GET.urlencode(),
    }
    return render(request, "modeling/compare.html", context)


@login_required
@require_GET
def compare_file(request: HttpRequest) -> StreamingHttpResponse:
    """CSV, one row per run and metric: UTF-8 with a byte order mark, so that spreadsheets read names."""
    found = comparison(person(request), uids_of(request.GET.get("runs", "")))
    answer = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="runs.csv"'
    return answer


def _lines(found: Comparison) -> Iterator[str]:
    yield "\ufeff" + _line(list(COLUMNS))
    for run in found.runs:
        test = found.test(run)
        head = [
            run.uid, run.name, run.plan.name, run.plan_digest, run.plan.task, run.plan.method,
            run.plan.backbone.name, *(("", "") if test is None else (str(test.version), test.digest)),
            " ".join(found.permits(run)),
        ]  # fmt: skip
        for metric in found.metrics:
            row = found.evaluations.get((run.pk, metric))
            if row is not None:
                figures = ["" if value is None else repr(value) for value in (row.value, row.low, row.high)]
                yield _line([*map(_harmless, head), metric, str(row.n), *figures])


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def _harmless(text: str) -> str:
    """A spreadsheet must not read a name as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text
