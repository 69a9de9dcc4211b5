"""Splitting versions record-disjointly and putting the parts into the lake: the engine part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalog.processing.child import Progress, Refused
from catalog.processing.stored import StoredVersion, described, object_form, require_unchanged


@dataclass(frozen=True)
class Part:
    """Where one part goes, and the standard that levels its columns."""

    dataset_uid: str
    document: bytes | None
    object_name: str


@dataclass(frozen=True)
class SplitOrder:
    """Everything the engine needs; `data` are (path, digest, uid) of the versions, in order."""

    data: Sequence[tuple[Path, str, str]]
    parameters: Mapping[str, Any]
    parts: Mapping[str, Part]
    lake: str


def dealt_out(order: SplitOrder, progress: Progress) -> tuple[dict[str, StoredVersion], dict[str, Any]]:
    """Raises EngineError, LakeError, Refused, Stopped."""
    from catalog.lake import Lake
    from catalog.processing.splits import split_pairs
    from catalog.processing.stacking import stacked

    for path, digest, uid in order.data:
        require_unchanged(path, digest, uid)
    asked = order.parameters
    steps = len(order.parts) + 1
    split = split_pairs(
        stacked([path for path, _digest, _uid in order.data]),
        left=asked["left"],
        right=asked["right"],
        shares=asked["shares"],
        seed=asked["seed"],
    )
    if any(rows.height == 0 for rows in split.parts.values()):
        raise Refused(
            "split_impossible", {"parts": {name: rows.height for name, rows in split.parts.items()}}
        )
    lake, made = Lake(order.lake), {}
    for done, (name, part) in enumerate(order.parts.items(), start=1):
        progress(done, steps)
        written = lake.write_version(part.dataset_uid, split.parts[name])
        made[name] = described(order.lake, written, object_form(part.document, part.object_name))
    progress(steps, steps)
    return made, dict(split.facts)
