"""Every metric of a run in groups, and one of them as a chart asks for it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from modeling import charts, forms, metric_tables
from modeling.models import TrainingRun
from modeling.selectors import series
from modeling.views.base import seen
from ui.csp import charts_allowed
from ui.tables import BoundTable

Shown = list[tuple[series.SeriesGroup, BoundTable]]


@login_required
@require_GET
@charts_allowed
def run_metrics(request: HttpRequest, uid: str) -> HttpResponse:
    """The list with its figures; a chart is asked for when its group is opened."""
    run: TrainingRun = seen(request, TrainingRun, uid)
    form = forms.MetricFilter(request.GET)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    lines = series.series_lines(run, q)
    shown: Shown = [
        (group, metric_tables.METRICS.page(request, group.lines)) for group in series.series_groups(lines)
    ]
    context: dict[str, Any] = {
        "run": run, "filter": form, "groups": shown, "total": len(lines), "words": q,
        "full": len(lines) >= series.MOST_LISTED,
    }  # fmt: skip
    return render(request, "modeling/metrics.html", context)


@login_required
@require_GET
def run_series(request: HttpRequest, uid: str) -> JsonResponse:
    """One metric as a figure: at most some 1,500 points, every minimum and maximum among them.

    Raises Http404: no run the reader may see, or no such metric of it.
    """
    run: TrainingRun = seen(request, TrainingRun, uid)
    metric = request.GET.get("metric", "")
    if "\0" in metric or not series.drawable(run, metric):
        raise Http404
    chart = charts.metric_chart(run, metric)
    return JsonResponse({"title": str(chart.title), "figure": chart.payload})
