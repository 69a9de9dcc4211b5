"""What a cleaning did: frozen results, and their form in cleaning-report.schema.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ValidationSummary:
    """How the output stands against the given standard."""

    standard_digest: str
    verdict: str
    gate: str
    report_digest: str


@dataclass(frozen=True)
class StepReport:
    """What one step did; rows_in = rows_out + rows_removed."""

    id: str
    kind: str
    columns: tuple[str, ...]
    rows_in: int
    rows_out: int
    rows_touched: int
    cells_touched: int
    reasons: Mapping[str, int]
    dropped: tuple[str, ...] = ()

    @property
    def rows_removed(self) -> int:
        """Rows sent to quarantine."""
        return self.rows_in - self.rows_out

    def as_dict(self) -> dict[str, Any]:
        """The report's entry."""
        entry: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "columns": list(self.columns),
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "rows_touched": self.rows_touched,
            "cells_touched": self.cells_touched,
            "rows_removed": self.rows_removed,
        }
        if self.reasons:
            entry["reasons"] = dict(self.reasons)
        if self.dropped:
            entry["columns_dropped"] = list(self.dropped)
        return entry


@dataclass(frozen=True)
class CleaningReport:
    """The report, and where its output lies. `document` follows cleaning-report.schema.json."""

    out: Path
    document: Mapping[str, Any]
    steps: tuple[StepReport, ...]
    rows_in: int
    rows_out: int
    rows_quarantined: int
    levels: Mapping[str, int]
    validation: ValidationSummary | None = None

    @property
    def data_path(self) -> Path:
        """The cleaned rows."""
        return self.out / "data.parquet"

    @property
    def quarantine_path(self) -> Path:
        """The removed rows."""
        return self.out / "quarantine.parquet"
