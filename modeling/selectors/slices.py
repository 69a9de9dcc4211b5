"""The first metric on parts of the test rows, as the run's result holds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from modeling.models import TrainingRun


@dataclass(frozen=True, slots=True)
class SliceLine:
    """One value of one slice. `value` None: too few groups for a figure. `gain` is over `against`, the same
    model before training; None where there is none to compare with."""

    name: str
    word: str
    rows: int
    groups: int
    metric: str
    value: float | None
    low: float | None
    high: float | None
    against: str
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    verdict: str


def slices_of(run: TrainingRun) -> list[SliceLine]:
    """In the order of the report: slice by slice, the largest value first."""
    stored = (run.result.get("evaluation") or {}).get("slices") or []
    return [_line(row) for row in stored if isinstance(row, dict)]


def _line(row: dict[str, Any]) -> SliceLine:
    against: dict[str, dict[str, Any]] = row.get("against") or {}
    name = next(iter(against), "")
    gain = against.get(name, {})
    return SliceLine(
        name=str(row.get("slice", "")),
        word=str(row.get("value_of", "")),
        rows=int(row.get("rows", 0)),
        groups=int(row.get("groups", 0)),
        metric=str(row.get("metric", "")),
        value=row.get("value"),
        low=row.get("low"),
        high=row.get("high"),
        against=name,
        gain=gain.get("value"),
        gain_low=gain.get("low"),
        gain_high=gain.get("high"),
        verdict=str(gain.get("verdict", "")),
    )
