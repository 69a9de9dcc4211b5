"""The charts of a run's page: loss and validation curves that follow the run, and scores with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, pgettext

from modeling.models import TrainingRun
from modeling.selectors import curves, pages
from modeling.selectors.comparison import Score
from modeling.selectors.curves import LOSS
from modeling.selectors.pages import ScoreLine
from modeling.tables import model_name
from modeling.training.tasks import TASKS
from ui.charts import MAX_SERIES, Chart, Estimate, Series, estimates, lines

LONGEST_LABEL = 18


def metric_word(metric: str) -> str:
    """A metric as the field writes it: AUC, AP, F1, NDCG@10."""
    return metric.upper()


def live_keys(run: TrainingRun) -> tuple[str, ...]:
    """Series the page draws, as spooled."""
    headline = pages.headline_of(run.plan)
    return (LOSS, f"valid/{headline}") if headline else (LOSS,)


def run_charts(run: TrainingRun, recipe: dict[str, object]) -> list[Chart]:
    """Loss and, where there are validation rows, the task's first metric on them."""
    cursor = curves.last_point(run)
    url = "" if run.is_over else reverse("modeling:run_points", args=[run.uid])
    charts = [_loss(run, recipe, cursor, url)]
    headline = pages.headline_of(run.plan)
    if headline and any(part.role == "valid" for part in run.inputs.all()):
        charts.append(_validation(run, headline, cursor, url))
    return charts


def _loss(run: TrainingRun, recipe: dict[str, object], cursor: int, url: str) -> Chart:
    found = curves.curve(run, LOSS, upto=cursor)
    card = TASKS.get(run.plan.task)
    caption = gettext("%(loss)s loss of each step, %(pairs)s pairs a step") % {
        "loss": card.loss if card else "",
        "pairs": recipe.get("batch_size", ""),
    }
    series = Series(gettext("loss"), found.x, found.y, key=LOSS, axes=found.axes)
    return lines(
        "loss", gettext("Training loss"), [series], caption=caption, x_title=gettext("step"),
        live_url=url, after=cursor,
    )  # fmt: skip


def _validation(run: TrainingRun, metric: str, cursor: int, url: str) -> Chart:
    key = f"valid/{metric}"
    found = curves.curve(run, key, upto=cursor)
    series = Series(metric_word(metric), found.x, found.y, found.low, found.high, key=key, axes=found.axes)
    if not found.x:  # empty bounds would be read as "no band", and points to come have one
        series = Series(metric_word(metric), [], [], key=key, axes=found.axes)
    title = gettext("%(metric)s on the validation rows") % {"metric": metric_word(metric)}
    caption = gettext("a look at some validation pairs while training; band: 95% bootstrap interval")
    return lines(
        "validation", title, [series], caption=caption, x_title=gettext("step"), live_url=url, after=cursor
    )


def compared_chart(metric: str, found: Sequence[Score]) -> Chart | None:
    """Each run's value with its interval; None where nothing has one."""
    rows = []
    for one in found:
        row, name = one.row, f"{one.run.name} {one.run.uid[:8]}"
        if row is None or row.value is None or row.low is None or row.high is None:
            continue
        rows.append(Estimate(name, row.value, row.low, row.high, 2 if one.pinned else 1))
    if not rows:
        return None
    title = gettext("%(metric)s of every run") % {"metric": metric_word(metric)}
    caption = gettext("95% intervals over groups of each run's own test rows; the baseline in grey")
    return estimates("compared", title, rows, caption=caption, x_title=metric_word(metric))


def compared_curves(found: Sequence[TrainingRun], baseline: str) -> Chart | None:
    """Training loss of the baseline and the next runs, as many as can be told apart."""
    chosen = sorted(found, key=lambda run: run.uid != baseline)[:MAX_SERIES]
    told_apart = len({run.name for run in chosen}) == len(chosen)
    series: list[Series] = []
    for run, points in zip(chosen, curves.curves(chosen, LOSS), strict=True):
        if points.x:
            role = 2 if run.uid == baseline else (1, 3, 4)[(len(series) - 1) % 3]
            name = run.name[:LONGEST_LABEL] if told_apart else run.uid[:8]
            series.append(Series(name, points.x, points.y, role=role, key=run.uid, axes=points.axes))
    if not series:
        return None
    caption = gettext("%(shown)s of %(all)s runs: the baseline, then in the order asked") % {
        "shown": len(series), "all": len(found),
    }  # fmt: skip
    return lines("curves", gettext("Training loss"), series, caption=caption, x_title=gettext("step"))


def metric_chart(run: TrainingRun, metric: str) -> Chart:
    """One metric of a run, with the band of `METRIC_low` and `METRIC_high` where it logged them."""
    found = curves.curve(run, metric)
    low, high = ([] if None in ends else ends for ends in (found.low, found.high))
    series = Series(metric.rpartition("/")[2], found.x, found.y, low, high, key=metric, axes=found.axes)
    return lines("metric", metric, [series], caption="", x_title=gettext("step"))


def trend_chart(found: Mapping[str, Any]) -> Chart | None:
    """Share of the watched classes over time, by what the model says, with intervals; labels beside."""
    rows = found.get("stretches") or []
    if not rows:
        return None
    names = [row["to"] for row in rows]
    low, high = ([row[end] for row in rows] for end in ("low", "high"))
    series = [
        Series(gettext("the model"), names, [row["share"] for row in rows], low, high),
        Series(gettext("the labels"), names, [row["labelled"] for row in rows], role=2),
    ]
    title = gettext("Share of %(classes)s over time") % {"classes": ", ".join(found.get("watched", []))}
    caption = gettext(
        "test rows in order of time, %(count)s a stretch; band: 95%% Wilson interval; a rise has p = %(p)s"
    ) % {"count": rows[0]["n"], "p": f"{found.get('p', 1):.4f}"}
    return lines("trend", title, series, caption=caption, x_title=pgettext("trend", "until"))


def score_chart(metric: str, found: Sequence[ScoreLine]) -> Chart | None:
    """Every model's value with its interval; None where nothing has one."""
    rows = [
        Estimate(
            model_name(line.row.model), line.row.value, line.row.low, line.row.high, 1 if line.ours else 2
        )
        for line in found
        if line.row.value is not None and line.row.low is not None and line.row.high is not None
    ]
    if not rows:
        return None
    caption = gettext("test rows, n = %(n)s; 95%% bootstrap intervals over groups of rows") % {
        "n": found[0].row.n
    }
    title = gettext("%(metric)s of every model") % {"metric": metric_word(metric)}
    return estimates("scores", title, rows, caption=caption, x_title=metric_word(metric))


def gain_chart(metric: str, found: Sequence[ScoreLine]) -> Chart | None:
    """This model minus each other, against zero."""
    rows = [
        Estimate(model_name(line.row.model), line.row.gain, line.row.gain_low, line.row.gain_high)
        for line in found
        if line.row.gain is not None and line.row.gain_low is not None and line.row.gain_high is not None
    ]
    if not rows:
        return None
    title = gettext("This model minus each other, %(metric)s") % {"metric": metric_word(metric)}
    caption = gettext(
        "paired differences on the same rows; an interval that crosses zero shows no difference"
    )
    return estimates("gains", title, rows, caption=caption, x_title=gettext("difference"), zero=True)
