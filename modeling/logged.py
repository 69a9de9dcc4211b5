"""What a client outside delivers of its run. Shared by its interface, actions and services."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modeling.supervision.lines import Point


@dataclass(frozen=True, slots=True)
class Gap:
    """A metric that was no finite number at a step; `kind` is a GapKind."""

    metric: str
    step: int
    kind: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Logged:
    """One delivery of a client."""

    points: Sequence[Point] = ()
    gaps: Sequence[Gap] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
