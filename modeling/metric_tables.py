"""The list of a run's metrics."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from modeling.selectors.series import SeriesLine
from ui import words
from ui.tables import Column, Empty, Table


def figure(value: float | None) -> str | None:
    """Five significant digits: a learning rate and a count of tokens stand in one column."""
    if value is None:
        return None
    return f"{value:.5g}".replace("-", words.MINUS) if abs(value) < 1e5 else words.compact(value)


def _at(value: float | None, step: int, settled: bool = True) -> Any:
    if value is None:
        return None
    at = gettext("step %(step)s") % {"step": words.number(step)}
    if not settled:
        at = gettext("being counted anew")
    return format_html('{}<span class="sub">{}</span>', figure(value), at)


def _low(line: SeriesLine) -> Any:
    return _at(line.low, line.low_step, line.settled)


def _high(line: SeriesLine) -> Any:
    return _at(line.high, line.high_step, line.settled)


def _gaps(line: SeriesLine) -> str:
    if not line.gaps:
        return ""
    return gettext("%(count)s values no finite numbers") % {"count": words.number(line.gaps)}


class Figure(Column):
    """Sorted by the bare value, shown with the step it was at."""

    def cell(self, row: Any) -> Any:
        shown = {"last": lambda line: _at(line.last, line.last_step), "low": _low, "high": _high}
        value = shown[str(self.get)](row)
        return super().cell(row) if value is None else value


METRICS = Table(
    label=_("Metrics"),
    columns=(
        Column(_("Metric"), "metric", kind="code", sort="metric", sub=_gaps),
        Figure(_("Last"), "last", kind="number", sort="last", name_on_phone=True),
        Figure(_("Lowest"), "low", kind="number", sort="low", name_on_phone=True),
        Figure(_("Highest"), "high", kind="number", sort="high", name_on_phone=True),
        Column(_("Points"), "points", kind="number", sort="points", name_on_phone=True),
        Column(_("Newest"), "last_at", kind="short", sort="last_at", wide=True),
    ),
    empty=Empty(_("No metric"), icon="chart-line"),
    default_sort="metric",
    per_page=2000,
)
