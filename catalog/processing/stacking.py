"""Several versions of one shape as one table, row after row, for derivations that deal them out anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from governance.validation.delta import DeltaFolder
from governance.validation.errors import invalid


def stacked(paths: Sequence[Path]) -> pl.LazyFrame:
    """The rows of Delta folders in the order given. Raises `parameter_invalid` where their columns differ."""
    frames = [DeltaFolder.open(path).scan() for path in paths]
    first = frames[0].collect_schema()
    for place, frame in enumerate(frames[1:], start=2):
        if frame.collect_schema() != first:
            raise invalid(
                "The versions do not have the same columns and types.",
                "各版本的列与类型不一致。",
                {"version": place},
            )
    return pl.concat(frames, how="vertical")
