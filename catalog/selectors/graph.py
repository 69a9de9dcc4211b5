"""Lineage upstream and downstream of a subject, walked over edges of any kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from catalog.models import LineageEdge
from governance.subject_ref import SubjectRef

MAX_NODES = 400
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LineageGraph:
    """Nodes as SubjectRefs (without digest) and edges (source, target, run that made it)."""

    nodes: tuple[SubjectRef, ...]
    edges: tuple[tuple[SubjectRef, SubjectRef, SubjectRef], ...]


def lineage(uid: str, *, depth: int = 3, kind: str = "dataset_version") -> LineageGraph:
    """What the subject was made from and what was made from it, up to `depth` steps each way."""
    up = _walk((kind, uid), "up", depth)
    down = _walk((kind, uid), "down", depth)
    return _graph((kind, uid), up + down)


def impact(uid: str, *, kind: str = "dataset_version", depth: int = 20) -> tuple[SubjectRef, ...]:
    """Everything made from the subject, nearest first, the subject itself left out."""
    found: dict[Key, None] = {}
    for edge in _walk((kind, uid), "down", depth):
        found[(edge.to_kind, edge.to_id)] = None
    found.pop((kind, uid), None)
    return tuple(SubjectRef(*key) for key in found)


def _walk(start: Key, way: Literal["up", "down"], depth: int) -> list[LineageEdge]:
    """Edges met going one way; one query per step, a cycle ends by itself."""
    here, there = ("to", "from") if way == "up" else ("from", "to")
    seen, frontier, edges = {start}, {start}, []
    for _step in range(depth):
        ids = [uid for _kind, uid in frontier]
        rows = LineageEdge.objects.filter(**{f"{here}_id__in": ids}).order_by("id")
        step = [e for e in rows if (getattr(e, f"{here}_kind"), getattr(e, f"{here}_id")) in frontier]
        edges += step
        frontier = {(getattr(e, f"{there}_kind"), getattr(e, f"{there}_id")) for e in step} - seen
        seen |= frontier
        if not frontier or len(seen) > MAX_NODES:
            break
    return edges


def _graph(start: Key, edges: list[LineageEdge]) -> LineageGraph:
    nodes: dict[Key, SubjectRef] = {start: SubjectRef(*start)}
    listed: dict[int, tuple[SubjectRef, SubjectRef, SubjectRef]] = {}
    for edge in edges:
        source = nodes.setdefault((edge.from_kind, edge.from_id), SubjectRef(edge.from_kind, edge.from_id))
        target = nodes.setdefault((edge.to_kind, edge.to_id), SubjectRef(edge.to_kind, edge.to_id))
        listed[edge.pk] = (source, target, SubjectRef(edge.by_kind, edge.by_id))
    return LineageGraph(tuple(nodes.values()), tuple(listed.values()))
