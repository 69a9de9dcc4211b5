"""Series of metric points as charts draw them: thinned so that no spike is lost, with every axis known."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Avg, F, Max, Q, QuerySet, Window
from django.db.models.functions import FirstValue

from modeling.models import MetricPoint, TrainingRun

MOST_DRAWN = 1500
MOST_LIVE_POINTS = 5000
LOSS = "train/loss"
TOKENS = "train/tokens"


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric over steps: x, y, and interval bounds where they are known.

    Beside each point: `epoch`, `at` (ms since 1970), `tokens` trained on until then (None where unknown) and
    `mean`, that of the stretch of steps the point stands for. `start`: ms of the run's first point.
    """

    x: list[int]
    y: list[float]
    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)
    epoch: list[float] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    tokens: list[int | None] = field(default_factory=list)
    mean: list[float] = field(default_factory=list)
    start: int = 0

    @property
    def axes(self) -> dict[str, Any]:
        """What the script needs to draw the curve over anything but steps, and to smooth it."""
        return {
            "epoch": self.epoch, "at": self.at, "tokens": self.tokens, "mean": self.mean, "start": self.start,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Live:
    """New points of the page's charts after a cursor, by series key; `axes`: epoch, ms, tokens of each."""

    cursor: int
    points: dict[str, list[list[float | None]]]
    axes: dict[str, list[list[float | None]]]


@dataclass(frozen=True, slots=True)
class _Drawn:
    step: int
    value: float
    epoch: float
    at: int
    mean: float


def last_point(run: TrainingRun) -> int:
    """Cursor of the newest point; 0 before the first."""
    return MetricPoint.objects.filter(run=run).order_by("-id").values_list("id", flat=True).first() or 0


def curve(run: TrainingRun, metric: str, *, upto: int | None = None) -> Curve:
    """A metric with its bounds, thinned to what a chart can show; the newest point is always in it."""
    known = MetricPoint.objects.filter(run=run) if upto is None else MetricPoint.objects.filter(id__lte=upto)
    (points,) = _extremes([run], known.filter(metric=metric))
    (tokens,) = [points] if metric == TOKENS else _extremes([run], known.filter(metric=TOKENS))
    bounds = known.filter(run=run, metric__in=[f"{metric}_low", f"{metric}_high"])
    found = {
        (name, step): value
        for name, step, value in bounds.filter(step__in=[point.step for point in points]).values_list(
            "metric", "step", "value"
        )
    }
    low, high = ([found.get((f"{metric}_{end}", point.step)) for point in points] for end in ("low", "high"))
    return _curve(points, tokens, _start([run]).get(run.pk, 0), low, high)


def curves(runs: Sequence[TrainingRun], metric: str) -> list[Curve]:
    """One metric of some runs in a constant number of queries, each thinned so that no spike is lost."""
    found = _extremes(runs, MetricPoint.objects.filter(metric=metric))
    tokens = _extremes(runs, MetricPoint.objects.filter(metric=TOKENS))
    starts = _start(runs)
    return [
        _curve(points, counted, starts.get(run.pk, 0))
        for run, points, counted in zip(runs, found, tokens, strict=True)
    ]


def _curve(
    points: list[_Drawn],
    counted: list[_Drawn],
    start: int,
    low: list[float | None] | None = None,
    high: list[float | None] | None = None,
) -> Curve:
    return Curve(
        [point.step for point in points],
        [point.value for point in points],
        low or [],
        high or [],
        [point.epoch for point in points],
        [point.at for point in points],
        _tokens([point.step for point in points], counted),
        [point.mean for point in points],
        start,
    )


def _tokens(steps: Sequence[int], counted: Sequence[_Drawn]) -> list[int | None]:
    """Tokens after each step, between two counted steps in proportion; None where nobody counted them."""
    if not counted:
        return [None] * len(steps)
    known = [0, *(point.step for point in counted)]
    values = [0.0, *(point.value for point in counted)]
    found: list[int | None] = []
    for step in steps:
        at = bisect_left(known, step)
        if at == len(known):
            found.append(round(values[-1]))
        elif known[at] == step:
            found.append(round(values[at]))
        else:
            share = (step - known[at - 1]) / (known[at] - known[at - 1])
            found.append(round(values[at - 1] + share * (values[at] - values[at - 1])))
    return found


def _start(runs: Sequence[TrainingRun]) -> dict[int, int]:
    """ms of the first point of each run: relative time of all its curves begins there."""
    first = [
        MetricPoint.objects.filter(run=run).order_by("id").values("pk")[:1] for run in runs
    ]  # one short look in the index of each, in one query
    wanted = Q(pk__in=[])
    for one in first:
        wanted |= Q(pk__in=one)
    rows = MetricPoint.objects.filter(wanted).order_by()
    return {run: round(at.timestamp() * 1000) for run, at in rows.values_list("run_id", "at")}


def _extremes(runs: Sequence[TrainingRun], rows: QuerySet[MetricPoint]) -> list[list[_Drawn]]:
    """Points of each run by step, at most some 1,500 of the longest: of every stretch of steps the lowest and
    the highest, and the newest of all. The database chooses them, so that a long run stays light here.
    """
    rows = rows.filter(run__in=runs).order_by()
    longest = rows.aggregate(most=Max("step"))["most"] or 0
    rows = rows.annotate(stretch=F("step") / (1 + longest * 2 // (MOST_DRAWN - 2)))
    within = [F("run_id"), F("stretch")]
    chosen = rows.annotate(
        lowest=Window(FirstValue("step"), partition_by=within, order_by=["value", "step"]),
        highest=Window(FirstValue("step"), partition_by=within, order_by=["-value", "step"]),
        newest=Window(Max("step"), partition_by=[F("run_id")]),
        mean=Window(Avg("value"), partition_by=within),
    ).filter(Q(step=F("lowest")) | Q(step=F("highest")) | Q(step=F("newest")))
    found: dict[int, list[_Drawn]] = {run.pk: [] for run in runs}
    fields = ("run_id", "step", "value", "epoch", "at", "mean")
    for run, step, value, epoch, at, mean in chosen.order_by("run_id", "step").values_list(*fields):
        found[run].append(_Drawn(step, value, round(epoch, 4), round(at.timestamp() * 1000), mean))
    return [found[run.pk] for run in runs]


def live_points(run: TrainingRun, keys: Sequence[str], after: int) -> Live:
    """New points of some metrics in id order; ask again with `cursor`. A bound that came with its value is
    beside it.

    A value and its bounds are written in one go, value first; the value is sent when its last bound is there.
    """
    rows = list(
        MetricPoint.objects.filter(run=run, id__gt=after)
        .order_by("id")
        .values_list("id", "metric", "step", "value", "epoch", "at")[:MOST_LIVE_POINTS]
    )
    wanted = {key for key in keys if key == LOSS}
    bounded = {f"{key}_high": key for key in keys if key != LOSS}
    points: dict[str, list[list[float | None]]] = {}
    axes: dict[str, list[list[float | None]]] = {}
    tokens = _tokens_at(run, {row[2] for row in rows if row[1] in wanted or row[1] in bounded})
    for _id, metric, step, value, epoch, at in rows:
        if metric in wanted:
            points.setdefault(metric, []).append([step, value])
        elif metric in bounded:
            base = bounded[metric]
            points.setdefault(base, []).append([step, *_bounded(run, base, step), value])
        else:
            continue
        beside = [round(epoch, 4), round(at.timestamp() * 1000), tokens.get(step)]
        axes.setdefault(bounded.get(metric, metric), []).append(beside)
    return Live(rows[-1][0] if rows else after, points, axes)


def _tokens_at(run: TrainingRun, steps: set[int]) -> dict[int, float]:
    if not steps:
        return {}
    rows = MetricPoint.objects.filter(run=run, metric=TOKENS, step__in=steps)
    return dict(rows.values_list("step", "value"))


def _bounded(run: TrainingRun, metric: str, step: int) -> tuple[float | None, float | None]:
    names = [metric, f"{metric}_low"]
    rows = MetricPoint.objects.filter(run=run, step=step, metric__in=names)
    found = dict(rows.values_list("metric", "value"))
    return found.get(metric), found.get(f"{metric}_low")
