"""What of a profile may be shown of a masked column: counts, never a value or a figure of one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

FIGURES = frozenset(
    {
        "min",
        "max",
        "mean",
        "std",
        "quantiles",
        "histogram",
        "fence",
        "zeros",
        "zero_share",
        "negatives",
        "negative_share",
        "infinite",
        "top",
        "top_exact",
        "lengths",
        "length_quantiles",
        "shapes",
        "shapes_distinct",
        "pattern",
        "formats",
    }
)
"""Facts that are values or figures of values. The shape of a code is half of it, so it goes too."""


def masked(profile: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """The profile without the figures of the hidden columns, which are marked `masked`."""
    columns = {
        name: _counts_of(facts) if name in hidden else facts for name, facts in profile["columns"].items()
    }
    return {**profile, "columns": columns}


def _counts_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in facts.items() if key not in FIGURES}
    if "counted" in kept:
        casts = {key: count for key, count in kept["counted"].items() if key.startswith("castable.")}
        kept["counted"] = casts
    return {**kept, "masked": True}


def shown_texts(facts: Mapping[str, Any]) -> Iterator[str]:
    """Every value a column's facts would show, as text; a whole double also without its `.0`."""
    for item in facts.get("top") or ():
        yield str(item["value"])
    figures = [facts.get("min"), facts.get("max"), *(facts.get("quantiles") or {}).values()]
    figures += (facts.get("histogram") or {}).get("edges", [])
    for figure in figures:
        if isinstance(figure, float) and figure.is_integer():
            yield str(int(figure))
        if figure is not None:
            yield str(figure)
