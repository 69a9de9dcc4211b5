"""Drawings of the catalogue's pages: score over time, lineage, differences between versions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog import selectors
from catalog.models import Dataset, DatasetVersion, ValidationRun
from catalog.selectors.diffs import VersionDiffRow
from governance import registry
from governance.models import User
from governance.subject_ref import SubjectRef
from ui import blocks, charts
from ui.lineage import Edge, Node

LINEAGE_DEPTH = 3


def runs_of(dataset: Dataset) -> QuerySet[ValidationRun]:
    """Checks of a dataset as the run table lists them."""
    rows = ValidationRun.objects.filter(version__dataset=dataset)
    return runs_listed(rows)


def runs_listed(rows: QuerySet[ValidationRun]) -> QuerySet[ValidationRun]:
    related = ("version__dataset", "standard_version__standard", "requested_by")
    return rows.select_related(*related).defer("standard_version__document")


def quality_history(runs: Sequence[ValidationRun]) -> charts.Chart:
    """Score by run, oldest first."""
    return charts.lines(
        "quality",
        _("Quality history"),
        [
            charts.Series(
                _("Score"),
                [f"v{run.version.number} · {run.finished_at:%Y-%m-%d %H:%M}" for run in runs],
                [float(run.score) for run in runs],
            )
        ],
        caption=_("Score 0 to 100, weighted by severity; each point is one finished check of all rows."),
        x_title=_("Version and time"),
        y_title=_("Score"),
    )


def lineage_of(user: User, version: DatasetVersion) -> tuple[list[Node], list[Edge]]:
    """Nodes and edges the reader may know about; what they may not see is left out with its edges."""
    graph = selectors.lineage(version.uid, depth=LINEAGE_DEPTH)
    affected = {ref.id for ref in selectors.impact(version.uid)}
    nodes = {}
    for ref in graph.nodes:
        node = _node(user, ref, version.uid, affected)
        if node is not None:
            nodes[ref.id] = node
    edges = [Edge(s.id, t.id) for s, t, _by in graph.edges if s.id in nodes and t.id in nodes]
    return list(nodes.values()), edges


def _node(user: User, ref: SubjectRef, here: str, affected: set[str]) -> Node | None:
    kind = registry.kind_of(ref.kind)
    if kind is None or not kind.visible(user, ref.id):
        return None
    state = "here" if ref.id == here else "impact" if ref.id in affected else ""
    return Node(ref.id, registry.title_of(ref), str(kind.label), registry.page_of(ref), state)


def diff_lines(changes: Sequence[VersionDiffRow]) -> list[blocks.Change]:
    """Changes in words; a column name stays as it is."""
    spoken: dict[str, Any] = {"rows": _("Rows"), "bytes": _("Bytes")}
    return [blocks.Change(c.op, spoken.get(c.what, c.what), c.before, c.after) for c in changes]
