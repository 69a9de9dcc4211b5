"""`rows_present`: the implicit rule against an empty table (standard-rules §1.1, last row)."""

from __future__ import annotations

from decimal import Decimal

from governance.validation.kinds.base import Finding, Kind, register

register(
    Kind(
        name="rows_present",
        summary=("The table has at least one row", "表中至少须有一行"),
        level="table",
        severity="blocker",
        dimension="coverage",
        columns="none",
        sentence=lambda rule: ("The table has at least one row", "表中至少须有一行"),
        judge=lambda bound, values: Finding(Decimal(int(values["rows"])) >= 1, observed=int(values["rows"])),
        pandera="gavel_row_count",
    )
)
