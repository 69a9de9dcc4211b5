"""What a validation is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from governance.validation.engine.waivers import Waiver
from governance.validation.standard import StandardDocument


@dataclass(frozen=True)
class ValidationRequest:
    """All a validation needs. Paths come from the platform or the command line, never from a document."""

    data: Path
    standard: StandardDocument
    now: datetime
    object_name: str | None = None
    references: Mapping[str, Path] = field(default_factory=dict)
    previous: Path | None = None
    first_version: bool = False
    samples: int = 20
    waivers: tuple[Waiver, ...] = ()
    platform_key: bytes = b""
    engine: str = "polars"
    """`polars`, or `spark` (needs requirements-spark.txt and Java)."""
    spark_master: str = ""
    """Where Spark runs; empty = in this process, on all its cores (`local[*]`)."""
    profile: bool = False
    head: int | None = None
    """Judge the first so many records only: a dry run of a standard, never evidence. Polars only."""
    least_levels: Mapping[str, int] = field(default_factory=dict)
    """By data column: the level it is known to have whatever the standard says, 0 where nobody gave one."""
    standard_path: str = ""
    data_path: str | None = None
    started: datetime | None = None
