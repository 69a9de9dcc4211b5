"""Layered drawing of what was made from what: boxes that are links, arrows to the right, a text summary."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

_BOX = (184, 50)
_GAP = (52, 20)
_MAX_BOXES = 40
_MAX_LETTERS = 26
_markers = count(1)


@dataclass(frozen=True)
class Node:
    """One box. ``state`` is empty, ``here`` (the object of the page) or ``impact`` (affected by it)."""

    key: str
    name: str
    kind: str
    url: str = ""
    state: str = ""


@dataclass(frozen=True)
class Edge:
    """``target`` was made from ``source``; both are node keys."""

    source: str
    target: str


def layers(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, int]:
    """Column of every node: longest path from a root. In a cycle the count of nodes is the limit."""
    column = {node.key: 0 for node in nodes}
    known = [
        edge
        for edge in edges
        if edge.source in column and edge.target in column and edge.source != edge.target
    ]
    for _ in nodes:
        moved = False
        for edge in known:
            wanted = min(column[edge.source] + 1, len(nodes) - 1)
            if wanted > column[edge.target]:
                column[edge.target], moved = wanted, True
        if not moved:
            break
    used = {old: new for new, old in enumerate(sorted(set(column.values())))}
    return {key: used[old] for key, old in column.items()}


def _order(nodes: Sequence[Node], edges: Sequence[Edge], column: dict[str, int]) -> list[list[Node]]:
    """Nodes per column, each sorted by the mean place of its sources, so that arrows cross little."""
    columns: list[list[Node]] = [[] for _ in range(max(column.values(), default=0) + 1)]
    for node in nodes:
        columns[column[node.key]].append(node)
    place: dict[str, float] = {}
    for members in columns:
        sources = {
            n.key: [place[e.source] for e in edges if e.target == n.key and e.source in place]
            for n in members
        }
        members.sort(key=lambda n: sum(sources[n.key]) / len(sources[n.key]) if sources[n.key] else 0.0)
        middle = (len(members) - 1) / 2
        place.update((node.key, index - middle) for index, node in enumerate(members))
    return columns


def _positions(columns: list[list[Node]]) -> dict[str, tuple[float, float]]:
    tallest = max((len(members) for members in columns), default=0)
    found: dict[str, tuple[float, float]] = {}
    for index, members in enumerate(columns):
        shift = (tallest - len(members)) * (_BOX[1] + _GAP[1]) / 2
        for row, node in enumerate(members):
            found[node.key] = (1.5 + index * (_BOX[0] + _GAP[0]), 8.5 + shift + row * (_BOX[1] + _GAP[1]))
    return found


def _short(text: str) -> str:
    return text if len(text) <= _MAX_LETTERS else text[: _MAX_LETTERS - 1] + "…"


def _box(node: Node, x: float, y: float) -> SafeString:
    inner = format_html(
        '<title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="6"/><text x="{}" y="{}">{}</text>'
        '<text class="kind" x="{}" y="{}">{}</text>',
        f"{node.name}, {node.kind}",
        x,
        y,
        *_BOX,
        x + 9.5,
        y + 20.5,
        _short(node.name),
        x + 9.5,
        y + 38.5,
        _short(node.kind),
    )
    if node.url:
        return format_html('<a href="{}" class="{}">{}</a>', node.url, node.state, inner)
    return format_html('<g class="{}">{}</g>', node.state, inner)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + _BOX[0], start[1] + _BOX[1] / 2
    x2, y2 = end[0], end[1] + _BOX[1] / 2
    bend = x1 + (x2 - x1) / 2 if x2 > x1 else x1 + _GAP[0]
    return f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"


def summary(nodes: Sequence[Node], edges: Sequence[Edge]) -> str:
    """The drawing in words: each source and what is made from it."""
    names = {node.key: node.name for node in nodes}
    made: dict[str, list[str]] = {}
    for edge in edges:
        if edge.source in names and edge.target in names:
            made.setdefault(names[edge.source], []).append(names[edge.target])
    if not made:
        return gettext("No lineage is recorded yet.")
    return " ".join(
        gettext("%(source)s feeds %(targets)s.")
        % {"source": source, "targets": pgettext("list", ", ").join(targets)}
        for source, targets in made.items()
    )


def lineage(nodes: Iterable[Node], edges: Iterable[Edge]) -> SafeString:
    """svg of at most 40 boxes inside a region that scrolls; above that the summary as text."""
    boxes, arrows = list(nodes), list(edges)
    text = summary(boxes, arrows)
    if not boxes or len(boxes) > _MAX_BOXES:
        more = ngettext("%(count)s object", "%(count)s objects", len(boxes)) % {"count": len(boxes)}
        return format_html('<p class="muted">{} {}</p>', more, text)
    columns = _order(boxes, arrows, layers(boxes, arrows))
    at = _positions(columns)
    width = int(len(columns) * (_BOX[0] + _GAP[0]) - _GAP[0] + 3)
    height = int(max(len(members) for members in columns) * (_BOX[1] + _GAP[1]) - _GAP[1] + 17)
    marker = f"arrow-{next(_markers)}"
    paths = [
        (_arrow(at[edge.source], at[edge.target]), marker)
        for edge in arrows
        if edge.source in at and edge.target in at
    ]
    return format_html(
        '<div class="lineage" tabindex="0" role="region" aria-label="{0}"><svg width="{1}" height="{2}" '
        'viewBox="0 0 {1} {2}" role="group" aria-label="{3}"><defs>'
        '<marker id="{4}" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4 0 8z"/></marker></defs>{5}{6}</svg>'
        '<p class="sr">{3}</p></div>',
        gettext("Lineage"),
        width,
        height,
        text,
        marker,
        format_html_join("", '<path d="{}" marker-end="url(#{})"/>', paths),
        format_html_join("", "{}", ((_box(node, *at[node.key]),) for node in boxes)),
    )
