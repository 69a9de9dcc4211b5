"""Every metric a run logged, by the figures kept beside the points: two queries, however many points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from modeling.models import MetricSeries, TrackedGap, TrainingRun

MOST_LISTED = 2000
OTHER = ""
FIRST = ("train", "valid", "test", "system")


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One metric. `gaps`: values that were no finite numbers. `settled`: the figures are counted."""

    metric: str
    points: int
    last: float | None
    last_step: int
    last_at: dt.datetime | None
    low: float | None
    low_step: int
    high: float | None
    high_step: int
    gaps: int
    settled: bool

    @property
    def group(self) -> str:
        """What stands before the first stroke; "" for a name without one."""
        return self.metric.partition("/")[0] if "/" in self.metric else OTHER


@dataclass(frozen=True, slots=True)
class SeriesGroup:
    """The metrics of one prefix."""

    name: str
    lines: list[SeriesLine]


def series_lines(run: TrainingRun, q: str = "") -> list[SeriesLine]:
    """Metrics by name, at most 2,000; bounds of another metric (`_low`, `_high`) are drawn with it."""
    rows = MetricSeries.objects.filter(run=run)
    gaps = TrackedGap.objects.filter(run=run)
    if q:
        rows, gaps = rows.filter(metric__icontains=q), gaps.filter(metric__icontains=q)
    counted = dict(gaps.order_by().values_list("metric").annotate(n=Count("id"))[:MOST_LISTED])
    lines = {row.metric: _line(row, counted.pop(row.metric, 0)) for row in rows[:MOST_LISTED]}
    for metric, count in counted.items():
        lines[metric] = SeriesLine(metric, 0, None, 0, None, None, 0, None, 0, count, True)
    return [lines[name] for name in sorted(lines) if not _is_bound(name, lines)]


def _line(row: MetricSeries, gaps: int) -> SeriesLine:
    return SeriesLine(
        row.metric, row.points, row.last, row.last_step, row.last_at, row.low, row.low_step, row.high,
        row.high_step, gaps, not row.recount,
    )  # fmt: skip


def _is_bound(name: str, known: Iterable[str]) -> bool:
    return name.endswith(("_low", "_high")) and name.rpartition("_")[0] in known


def series_groups(lines: Iterable[SeriesLine]) -> list[SeriesGroup]:
    """By prefix: training, validation, test and system first, then by name; those without prefix last."""
    found: dict[str, list[SeriesLine]] = {}
    for line in lines:
        found.setdefault(line.group, []).append(line)
    names = sorted(found, key=lambda name: (_place(name), name))
    return [SeriesGroup(name, found[name]) for name in names]


def _place(name: str) -> int:
    if name == OTHER:
        return len(FIRST) + 1
    return FIRST.index(name) if name in FIRST else len(FIRST)


def series_count(run: TrainingRun) -> int:
    return MetricSeries.objects.filter(run=run).count()


def drawable(run: TrainingRun, metric: str) -> bool:
    return MetricSeries.objects.filter(run=run, metric=metric).exists()
