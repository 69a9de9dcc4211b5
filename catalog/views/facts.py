"""A column's profile and a suggestion's evidence in words and drawings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from catalog.models import DatasetVersion, RuleSuggestion
from catalog.selectors.profiles import ProfileRow
from ui import blocks, charts, words

Pair = tuple[Any, Any]
CAST_WORDS = ("integer", "number", "boolean", "date", "timestamp", "time")


def pairs(row: ProfileRow) -> list[Pair]:
    """Counts of a column, as label and value."""
    return list(_counts(row.facts))


def _counts(facts: dict[str, Any]) -> Iterator[Pair]:
    rows = facts["count"] + facts["missing"] + facts.get("uncastable", 0)
    yield _("Type"), facts["type"]
    yield _("Values"), facts["count"]
    yield _("Missing"), _of(facts["missing"], rows)
    if facts.get("uncastable"):
        yield _("Not of its type"), _of(facts["uncastable"], rows)
    if "distinct" in facts:
        exact = "" if facts.get("distinct_exact") else f" ({_('estimated')})"
        yield _("Distinct"), f"{words.number(facts['distinct'])}{exact}"
    for key, label in (
        ("zeros", _("Zero")),
        ("negatives", _("Negative")),
        ("infinite", _("Infinite")),
        ("empty", _("Empty text")),
        ("outer_space", _("White space at an end")),
    ):
        if facts.get(key):
            yield label, _of(facts[key], facts["count"])
    of = facts.get("looked_at") or 0
    for name in CAST_WORDS:
        castable = (facts.get("castable") or {}).get(name, 0)
        if castable and castable >= 0.5 * of:
            yield _("Can be read as %(type)s") % {"type": name}, _of(castable, of)
    for name, count in (facts.get("pii") or {}).items():
        yield _("Looks like %(kind)s") % {"kind": name}, _of(count, of)
    if of and not facts.get("looked_at_all", True):
        yield _("Texts looked at"), _("a sample of %(count)s") % {"count": words.number(of)}


def _of(part: int, whole: int) -> str:
    return f"{words.number(part)} ({words.share(part, whole, 2)})"


def figures(row: ProfileRow) -> list[tuple[Any, Any, Any]]:
    """(statistic, value, value in the version before); nothing of masked columns."""
    if row.masked:
        return []
    old = row.before or {}
    found = [(label, row.facts.get(key), old.get(key)) for key, label in _statistics() if key in row.facts]
    quantiles = row.facts.get("quantiles") or row.facts.get("length_quantiles") or {}
    before = old.get("quantiles") or old.get("length_quantiles") or {}
    found += [(_quantile(row, q), value, before.get(q)) for q, value in quantiles.items()]
    lengths, lengths_before = row.facts.get("lengths") or {}, old.get("lengths") or {}
    for key, label in (("min", _("Shortest")), ("mean", _("Mean length")), ("max", _("Longest"))):
        if key in lengths:
            found.append((label, lengths[key], lengths_before.get(key)))
    return [(label, _figure(value), _figure(earlier)) for label, value, earlier in found]


def _statistics() -> tuple[Pair, ...]:
    return (
        ("min", pgettext("statistic", "Smallest")),
        ("max", pgettext("statistic", "Largest")),
        ("mean", pgettext("statistic", "Mean")),
        ("std", pgettext("statistic", "Standard deviation")),
    )


def _quantile(row: ProfileRow, share: str) -> str:
    what = _("Quantile %(share)s") if "quantiles" in row.facts else _("Length, quantile %(share)s")
    return what % {"share": share}


def _figure(value: Any) -> Any:
    if isinstance(value, float):
        return words.number(value, None if value.is_integer() else 3)
    return value


def charts_of(row: ProfileRow, version: DatasetVersion, before: DatasetVersion | None) -> list[charts.Chart]:
    """Histogram, most frequent values, shapes: shares of values, beside the version before."""
    if row.masked:
        return []
    found = [_histogram(row, version, before), _values(row, version, before), _shapes(row, version)]
    return [chart for chart in found if chart is not None]


def _histogram(
    row: ProfileRow, version: DatasetVersion, before: DatasetVersion | None
) -> charts.Chart | None:
    histogram = row.facts.get("histogram")
    if not histogram or len(histogram["edges"]) < 3:
        return None
    series = [_bins(version, histogram, 1)]
    old = (row.before or {}).get("histogram")
    if old and before and len(old["edges"]) > 2:
        series.append(_bins(before, old, 2))
    return charts.lines(
        "histogram",
        _("Distribution"),
        series,
        caption=_(
            "Share of values per bin, all %(count)s values; each point stands at the middle of its bin."
        )
        % {"count": words.number(row.facts["count"])},
        x_title=row.name,
        y_title=_("Share of values, %"),
    )


def _bins(version: DatasetVersion, histogram: dict[str, Any], role: int) -> charts.Series:
    total = sum(histogram["counts"]) or 1
    places = histogram.get("labels") or histogram["edges"]
    if "labels" in histogram:
        middles: list[Any] = [str(place)[:19] for place in places[:-1]]
    else:
        middles = [round((a + b) / 2, 6) for a, b in pairwise(places)]
    shares = [100 * count / total for count in histogram["counts"]]
    return charts.Series(f"v{version.number}", middles, shares, role=role)


def _values(row: ProfileRow, version: DatasetVersion, before: DatasetVersion | None) -> charts.Chart | None:
    top = row.facts.get("top") or []
    if len(top) < 2 or top[0]["count"] < max(2, 0.01 * row.facts["count"]):
        return None
    names = [_short(item["value"]) for item in top[:12]]
    series = [_shares(version, {_short(i["value"]): i["count"] for i in top}, names, row.facts["count"], 1)]
    old = row.before or {}
    if old.get("top") and before and old.get("count"):
        held = {_short(item["value"]): item["count"] for item in old["top"]}
        series.append(_shares(before, held, names, old["count"], 2))
    exact = _("counted over all rows") if row.facts.get("top_exact") else _("found in a sample, then counted")
    return charts.bars(
        "values",
        _("Most frequent values"),
        series,
        caption=_("Share of %(count)s values; %(how)s.")
        % {"count": words.number(row.facts["count"]), "how": exact},
        y_title=_("Share of values, %"),
        named=True,
    )


def _shares(
    version: DatasetVersion, counts: dict[str, int], names: list[str], whole: int, role: int
) -> charts.Series:
    shares = [round(100 * counts.get(name, 0) / whole, 4) for name in names]
    return charts.Series(f"v{version.number}", names, shares, role=role)


def _shapes(row: ProfileRow, version: DatasetVersion) -> charts.Chart | None:
    shapes = row.facts.get("shapes") or []
    if not shapes:
        return None
    of = row.facts["looked_at"]
    names = [item["shape"] or _("(empty)") for item in shapes[:12]]
    series = charts.Series(
        f"v{version.number}", names, [round(100 * item["count"] / of, 4) for item in shapes[:12]]
    )
    return charts.bars(
        "shapes",
        _("Shapes of texts"),
        [series],
        caption=_("9 a digit, A and a letters, 中 Han, + one or more; share of %(count)s texts.")
        % {"count": words.number(of)},
        y_title=_("Share of texts, %"),
        named=True,
    )


def _short(value: str) -> str:
    return value if len(value) <= 24 else f"{value[:23]}…"


def evidence_pairs(one: RuleSuggestion) -> list[Pair]:
    """What speaks for a suggestion, figure by figure."""
    return list(_evidence(one.evidence))


def _evidence(evidence: dict[str, Any]) -> Iterator[Pair]:
    if evidence["checked"] is not None:
        looked = "" if evidence["exact"] else f" ({_('a sample')})"
        yield _("Rows checked"), f"{words.number(evidence['checked'])}{looked}"
        yield _("Would fail today"), _of(evidence["failing"], evidence["checked"])
    if evidence["interval"]:
        low, high = evidence["interval"]
        yield _("True rate, 95% interval"), f"{_percent(low)} – {_percent(high)}"
    if evidence["observed"] is not None:
        yield _("Observed now"), words.number(evidence["observed"], 4)
    facts = evidence["facts"]
    if "values" in facts:
        yield _("Values"), facts["values"]
        yield _("Rarest value occurs"), facts["rarest"]
    if "cells" in facts:
        yield _("Cells looked at"), facts["cells"]


def _percent(rate: float) -> str:
    return f"{100 * rate:.3g}%"


def edit_lines(one: RuleSuggestion) -> list[blocks.Change]:
    """The nodes of the standard the suggestion writes."""
    return [
        blocks.Change("add", edit["pointer"], "", json.dumps(edit["value"], ensure_ascii=False))
        for edit in one.edits
    ]
