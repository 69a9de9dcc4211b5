"""Record-disjoint splits of pair tables: no left and no right record stands in two parts.

Pairs that share a record, by normalised text, hang together; the connected components are dealt out whole.
The result depends on the records and the seed only, not on the order of the rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from governance.validation.casts import canonical_text_expr
from governance.validation.errors import invalid
from governance.validation.predicates import unknown_column
from governance.validation.text import normalise_expr

SHARES: Mapping[str, int] = {"train": 60, "valid": 20, "test": 20}
NORMALISE = ("nfkc", "casefold", "collapse_space")
"""As the `leakage` rule compares texts by default (standard-rules §4)."""

LARGE = 0.02
"""Components over this share of the rows are placed before the others."""

_PART = "\x1f"


@dataclass(frozen=True)
class Split:
    """The parts, rows in file order, and what is known about them (plain JSON)."""

    parts: Mapping[str, pl.DataFrame]
    facts: Mapping[str, Any] = field(default_factory=dict)


def split_pairs(
    pairs: pl.LazyFrame | pl.DataFrame,
    *,
    left: Sequence[str],
    right: Sequence[str],
    shares: Mapping[str, int] = SHARES,
    seed: int = 0,
    normalise: Sequence[str] = NORMALISE,
) -> Split:
    """Deal the pairs out by connected components.

    `left` and `right` are the columns that make up a record on either side; `shares` whole percents that add
    up to 100. Large components go first, by size, the others in the order of a seeded hash, each to the part
    that lacks most rows. Raises `unknown_column`, `parameter_invalid`.
    """
    if not shares or sum(shares.values()) != 100 or min(shares.values()) <= 0 or not left or not right:
        raise invalid(
            "A split needs columns on both sides and percents that add up to 100.",
            "划分须指定两侧的列，且各部分百分比之和为 100。",
            {"parameter": "shares"},
        )
    frame = pairs.collect() if isinstance(pairs, pl.LazyFrame) else pairs
    for name in (*left, *right):
        if name not in frame.columns:
            raise unknown_column(name)
    keys = frame.select(
        _record(frame, left, normalise).alias("left"), _record(frame, right, normalise).alias("right")
    )
    roots, components = _components(keys)
    placed = _deal(components, shares, seed)
    column = pl.Series("part", [placed[root] for root in roots], dtype=pl.String)
    parts = {part: frame.filter(column == part) for part in shares}
    return Split(parts, _facts(frame, keys, column, components, shares, seed))


def _record(frame: pl.DataFrame, names: Sequence[str], normalise: Sequence[str]) -> pl.Expr:
    """One text per record; null where every column of it is missing."""
    texts = [
        normalise_expr(canonical_text_expr(pl.col(name), frame.schema[name]), normalise) for name in names
    ]
    some = pl.any_horizontal([text.is_not_null() & (text != "") for text in texts])
    return pl.when(some).then(pl.concat_str([text.fill_null("") for text in texts], separator=_PART))


def _components(keys: pl.DataFrame) -> tuple[list[int], dict[int, tuple[int, str]]]:
    """Root of each row's component, and per root (rows, smallest record text of the component)."""
    parents: list[int] = []
    nodes: dict[tuple[str, str], int] = {}

    def find(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    def node_of(side: str, text: str | None) -> int | None:
        if text is None:
            return None
        if (side, text) not in nodes:
            nodes[side, text] = len(parents)
            parents.append(len(parents))
        return nodes[side, text]

    anchors: list[int] = []
    lonely = 0
    for left, right in keys.iter_rows():
        ends = [node for node in (node_of("L", left), node_of("R", right)) if node is not None]
        if not ends:  # a pair without any record hangs together with nothing
            lonely += 1
            ends = [node_of("?", str(lonely)) or 0]
        if len(ends) == 2:
            parents[find(ends[0])] = find(ends[1])
        anchors.append(ends[0])
    smallest: dict[int, str] = {}
    for (side, text), node in nodes.items():
        root, name = find(node), side + text
        smallest[root] = min(smallest.get(root, name), name)
    roots = [find(anchor) for anchor in anchors]
    sizes: dict[int, int] = {}
    for root in roots:
        sizes[root] = sizes.get(root, 0) + 1
    return roots, {root: (size, smallest[root]) for root, size in sizes.items()}


def _deal(components: Mapping[int, tuple[int, str]], shares: Mapping[str, int], seed: int) -> dict[int, str]:
    total = sum(size for size, _ in components.values())
    lacking = {part: total * share for part, share in shares.items()}
    # Sorting all by size would leave small components only, which are unlike the rest, to the last parts.
    large = {root: size for root, (size, _) in components.items() if size > total * LARGE}
    order = sorted(components, key=lambda root: (-large.get(root, 0), _draw(components[root][1], seed)))
    placed: dict[int, str] = {}
    for root in order:
        part = max(lacking, key=lambda name: lacking[name])
        placed[root] = part
        lacking[part] -= 100 * components[root][0]
    return placed


def _draw(text: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}{_PART}{text}".encode()).hexdigest()


def _facts(
    frame: pl.DataFrame,
    keys: pl.DataFrame,
    column: pl.Series,
    components: Mapping[int, tuple[int, str]],
    shares: Mapping[str, int],
    seed: int,
) -> dict[str, Any]:
    placed = keys.with_columns(column)
    shared = {}
    for side in ("left", "right"):
        spread = placed.drop_nulls(side).group_by(side).agg(pl.col("part").n_unique().alias("parts"))
        shared[side] = spread.filter(pl.col("parts") > 1).height
    parts = {
        part: {
            "rows": rows.height,
            "share_wanted": share,
            "share": round(100 * rows.height / frame.height, 4) if frame.height else 0.0,
            "left_records": rows["left"].drop_nulls().n_unique(),
            "right_records": rows["right"].drop_nulls().n_unique(),
        }
        for part, share in shares.items()
        for rows in (placed.filter(pl.col("part") == part),)
    }
    return {
        "seed": seed,
        "rows": frame.height,
        "components": len(components),
        "largest_component": max((size for size, _ in components.values()), default=0),
        "parts": parts,
        "records_in_two_parts": shared,
    }
