"""Keeping the figures of each metric beside its points, so that a page of many long series reads none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Count, Max, Min

from modeling.models import MetricPoint, MetricSeries, TrainingRun

FIGURES = ("points", "last", "last_step", "last_at", "low", "low_step", "high", "high_step", "recount")
MOST_RECOUNTED = 200


def series_note(run: TrainingRun, points: Iterable[MetricPoint]) -> None:
    """Take stored points into the figures, inside the transaction that stored them.

    Points at later steps than any before add up; others may replace what was counted, so that series is
    marked to be counted anew.
    """
    fresh: dict[str, list[MetricPoint]] = defaultdict(list)
    for point in points:
        fresh[point.metric].append(point)
    held = MetricSeries.objects.select_for_update().filter(run=run, metric__in=fresh)
    known = {row.metric: row for row in held}
    rows = []
    for metric, found in fresh.items():
        row = known.get(metric) or MetricSeries(run=run, metric=metric)
        _extend(row, sorted(found, key=lambda point: point.step))
        rows.append(row)
    MetricSeries.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "metric"],
        update_fields=list(FIGURES),
        batch_size=50,
    )


def _extend(row: MetricSeries, found: Sequence[MetricPoint]) -> None:
    if row.points and found[0].step <= row.last_step:
        row.recount = True
    else:
        row.points += len(found)
    for point in found:
        if row.low is None or point.value < row.low:
            row.low, row.low_step = point.value, point.step
        if row.high is None or point.value > row.high:
            row.high, row.high_step = point.value, point.step
    newest = found[-1]
    if row.last is None or newest.step >= row.last_step:
        row.last, row.last_step, row.last_at = newest.value, newest.step, newest.at


def series_doubt(run: TrainingRun, metrics: Iterable[str]) -> None:
    """Points of these metrics were taken away: their figures no longer hold."""
    MetricSeries.objects.filter(run=run, metric__in=set(metrics)).update(recount=True)


def series_recount(*, run: TrainingRun | None = None) -> int:
    """Count marked series anew from their points (of one run, else some of all); returns how many."""
    marked = MetricSeries.objects.filter(recount=True)
    marked = marked if run is None else marked.filter(run=run)
    found = list(marked.order_by("id").values_list("pk", flat=True)[:MOST_RECOUNTED])
    for pk in found:
        _recount(pk)
    return len(found)


@transaction.atomic
def _recount(pk: int) -> None:
    # Written before it is read: the row is held on both databases, so no point is stored meanwhile unseen.
    MetricSeries.objects.filter(pk=pk).update(recount=False)
    row = MetricSeries.objects.get(pk=pk)
    points = MetricPoint.objects.filter(run=row.run_id, metric=row.metric)
    figures = points.aggregate(n=Count("id"), low=Min("value"), high=Max("value"))
    if not figures["n"]:
        row.delete()
        return
    newest = points.order_by("-step")[0]
    row.points, row.low, row.high = figures["n"], figures["low"], figures["high"]
    row.last, row.last_step, row.last_at = newest.value, newest.step, newest.at
    for end in ("low", "high"):
        first = points.filter(value=figures[end]).order_by("step").values_list("step", flat=True)[0]
        setattr(row, f"{end}_step", first)
    row.save(update_fields=list(FIGURES))
