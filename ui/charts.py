"""Charts as plain Plotly figure dictionaries, drawn in the browser by ``static/js/charts.js``.

Plotly's Python package is never imported. Colours are written as ``token:--chart-1``; the script paints the
token on a canvas and passes the sRGB value, again after each change of theme. Rules: the look, "Charts".

A live chart asks ``live_url?after=<cursor>`` and gets
``{"cursor": int, "points": {key: [[x, y(, low, high)], …]}, "axes": {key: [[epoch, ms, tokens], …]}}``
(``ui.htmx.live`` answers 200, 204 or 286; ``axes`` only where the series has some);
``key`` is ``Series.key``. Charts with the same address share one request. At the end the page's document gets
the event ``gavel:finished``, which ``hx-trigger="gavel:finished from:document"`` can wait for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext

from ui import words

Text = str | Promise
Number = float | int
MAX_SERIES = 4
MAX_ROWS = 200
_COLOURS = ("token:--chart-1", "token:--chart-2", "token:--chart-3", "token:--chart-4")
_LIMIT = "token:--warn-solid"


@dataclass(frozen=True)
class Series:
    """One line or set of bars. ``low`` and ``high`` (same length as ``y``) draw the interval band.

    ``role`` 1 is what is read, 2 the comparison (grey, dashed). ``key`` names it in live answers.
    ``axes``: ``epoch``, ``at`` (ms since 1970), ``tokens`` and ``mean`` of each point and ``start`` (ms):
    with them ``static/js/curves.js`` draws the line over another axis, logarithmic or smoothed.
    """

    name: Text
    x: Sequence[Any]
    y: Sequence[Number | None]
    low: Sequence[Number | None] = ()
    high: Sequence[Number | None] = ()
    role: int = 1
    key: str = ""
    axes: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Estimate:
    """A point with its 95% interval, one row of a forest chart."""

    name: Text
    value: Number
    low: Number
    high: Number
    role: int = 1


@dataclass(frozen=True)
class Chart:
    """Everything ``{% chart c %}`` needs: figure, words around it, and the twin table."""

    key: str
    title: Text
    caption: Text
    figure: dict[str, Any]
    headers: tuple[Text, ...]
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)
    live_url: str = ""
    after: int = 0
    height: str = "md"

    @property
    def element(self) -> str:
        """id of the figure in the page."""
        return f"chart-{self.key}"

    @property
    def step(self) -> int:
        """Of a long table one row in this many is listed, so that a long run stays light."""
        return -(-len(self.rows) // MAX_ROWS) if self.rows else 1

    @property
    def listed(self) -> Sequence[Sequence[str]]:
        """Rows of the twin table; the newest is always among them."""
        return self.rows[:: -self.step][::-1] if self.step > 1 else self.rows

    @property
    def rows_note(self) -> str:
        """What the twin table leaves out, in words."""
        if self.step == 1:
            return ""
        words_for = {"step": words.number(self.step), "count": words.number(len(self.rows))}
        return gettext("one point in %(step)s of %(count)s is listed") % words_for

    @property
    def payload_id(self) -> str:
        """id of the JSON block."""
        return f"{self.element}-data"

    @property
    def payload(self) -> dict[str, Any]:
        """What stands in the page's JSON block."""
        return {**self.figure, "live": {"url": self.live_url, "after": self.after}}


def lines(
    key: str,
    title: Text,
    series: Sequence[Series],
    *,
    caption: Text,
    x_title: Text,
    y_title: Text = "",
    limit: tuple[Number, Text] | None = None,
    x_range: tuple[Number, Number] | None = None,
    live_url: str = "",
    after: int = 0,
    log_x: bool = False,
) -> Chart:
    """Lines over steps or dates; the caption gives unit, n, period and interval method.

    ``limit`` is an amber dashed line with its word. Raises ValueError for more than four series.
    """
    if len(series) > MAX_SERIES:
        raise ValueError(f"at most {MAX_SERIES} series, not {len(series)}")
    data = [trace for line in series for trace in _line_traces(line)]
    layout = _layout(x_title, y_title)
    if x_range is not None:
        layout["xaxis"]["range"] = list(x_range)
    if log_x:
        layout["xaxis"]["type"] = "log"
    if limit is not None:
        _add_limit(layout, *limit)
    return Chart(
        key, title, caption, {"data": data, "layout": layout},
        (x_title, *(line.name for line in series)), _line_rows(series), live_url, after,
    )  # fmt: skip


def bars(
    key: str,
    title: Text,
    series: Sequence[Series],
    *,
    caption: Text,
    x_title: Text = "",
    y_title: Text = "",
    named: bool = False,
) -> Chart:
    """Grouped bars from zero. ``named``: x are names side by side, though they may look like numbers."""
    if len(series) > MAX_SERIES:
        raise ValueError(f"at most {MAX_SERIES} series, not {len(series)}")
    data = [
        {
            "type": "bar",
            "name": str(s.name),
            "x": list(s.x),
            "y": list(s.y),
            "marker": {"color": _colour(s.role)},
        }
        for s in series
    ]
    layout = _layout(x_title, y_title)
    layout["yaxis"]["rangemode"] = "tozero"
    layout["bargap"] = 0.3
    if named:
        layout["xaxis"]["type"] = "category"
    layout["showlegend"] = len(series) > 1
    headers = (x_title or gettext("Value"), *(s.name for s in series))
    return Chart(key, title, caption, {"data": data, "layout": layout}, headers, _line_rows(series))


def estimates(
    key: str, title: Text, found: Sequence[Estimate], *, caption: Text, x_title: Text, zero: bool = False
) -> Chart:
    """Points with 95% intervals, one row each, best read from the top; ``zero`` marks no difference."""
    names = [str(one.name) for one in found]
    data = [
        {
            "type": "scatter", "mode": "markers", "x": [one.value], "y": [str(one.name)], "showlegend": False,
            "name": str(one.name), "marker": {"color": _colour(one.role), "size": 8},
            "error_x": {
                "type": "data", "symmetric": False, "array": [one.high - one.value],
                "arrayminus": [one.value - one.low], "color": _colour(one.role), "thickness": 2, "width": 0,
            },
        }
        for one in found
    ]  # fmt: skip
    layout = _layout(x_title, "")
    layout["yaxis"] |= {
        "type": "category",
        "categoryarray": names[::-1],
        "automargin": True,
        "showgrid": False,
    }
    layout["xaxis"]["showgrid"] = True
    layout["hovermode"] = "closest"
    if zero:
        layout["shapes"] = [_line_shape("x", 0, "token:--fg-muted", "dot")]
    rows = [
        [str(e.name), words.number(e.value, 3, signed=zero), words.interval(e.low, e.high, signed=zero)]
        for e in found
    ]
    headers = (gettext("Name"), x_title, gettext("95% interval"))
    height = "sm" if len(found) <= 3 else "md" if len(found) <= 9 else "lg"
    return Chart(key, title, caption, {"data": data, "layout": layout}, headers, rows, height=height)


def _colour(role: int) -> str:
    return _COLOURS[role - 1]


def _line_traces(line: Series) -> list[dict[str, Any]]:
    """Band below, line above; ``meta`` lets the script find them again when points arrive."""
    key = line.key or str(line.name)
    common = {"type": "scatter", "x": list(line.x), "hoverinfo": "skip", "showlegend": False}
    edge = {"width": 0, "color": _colour(line.role)}
    traces: list[dict[str, Any]] = []
    if line.low and line.high:
        traces.append(
            {
                **common,
                "mode": "lines",
                "y": list(line.low),
                "line": edge,
                "meta": {"key": key, "part": "low"},
            }
        )
        traces.append({
            **common, "mode": "lines", "y": list(line.high), "line": edge, "fill": "tonexty",
            "fillcolor": "token:--chart-band", "meta": {"key": key, "part": "high"},
        })  # fmt: skip
    dash = "dash" if line.role == 2 else "solid"
    traces.append({
        "type": "scatter", "mode": "lines", "name": str(line.name), "x": list(line.x), "y": list(line.y),
        "line": {"color": _colour(line.role), "width": 1.75, "dash": dash},
        "showlegend": False, "meta": {
            "key": key, "part": "line", "label": str(line.name),
            **({"axes": dict(line.axes)} if line.axes else {}),
        },
    })  # fmt: skip
    return traces


def _layout(x_title: Text, y_title: Text) -> dict[str, Any]:
    axis = {"zeroline": False, "linecolor": "token:--line", "tickcolor": "token:--line", "automargin": True}
    return {
        "xaxis": {
            **axis,
            "title": {"text": str(x_title), "font": {"size": 11}},
            "showgrid": False,
            "gridcolor": "token:--chart-grid",
        },
        "yaxis": {
            **axis,
            "title": {"text": str(y_title), "font": {"size": 11}},
            "gridcolor": "token:--chart-grid",
            "nticks": 5,
        },
        "font": {"size": 11, "color": "token:--fg-muted"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": "token:--bg-raised",
            "bordercolor": "token:--line",
            "font": {"color": "token:--fg", "size": 12},
        },
        "legend": {"orientation": "h", "y": 1.12, "x": 0},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "separators": ".,",
    }


def _line_shape(axis: str, at: Number, colour: str, dash: str) -> dict[str, Any]:
    other = "y" if axis == "x" else "x"
    return {
        "type": "line", f"{axis}0": at, f"{axis}1": at,
        f"{other}0": 0, f"{other}1": 1, f"{other}ref": "paper",
        "line": {"color": colour, "width": 1.5, "dash": dash},
    }  # fmt: skip


def _add_limit(layout: dict[str, Any], at: Number, word: Text) -> None:
    layout["shapes"] = [_line_shape("y", at, _LIMIT, "dash")]
    layout["annotations"] = [
        {
            "x": 0, "xref": "paper", "xanchor": "left", "y": at, "yanchor": "bottom", "showarrow": False,
            "text": str(word), "font": {"size": 11, "color": "token:--warn-fg"},
        }
    ]  # fmt: skip


def _line_rows(series: Sequence[Series]) -> list[list[str]]:
    """Twin table: one row per x of any series, figures with their interval."""
    found: dict[Any, list[str]] = {}
    for place, line in enumerate(series):
        for index, x in enumerate(line.x):
            row = found.setdefault(x, [""] * len(series))
            value = line.y[index]
            text = words.number(value, None if isinstance(value, int) else 4)
            if line.low and line.high and line.low[index] is not None and line.high[index] is not None:
                text += f" ({words.interval(line.low[index] or 0, line.high[index] or 0)})"
            row[place] = text
    return [[x if isinstance(x, str) else words.number(x), *row] for x, row in found.items()]
