"""`functional_dependency`: one determinant, one dependent (standard-rules §4)."""

from __future__ import annotations

import polars as pl

from governance.validation.kinds.base import ROW, Bound, Kind, register
from governance.validation.kinds.keys import key_parts
from governance.validation.kinds.parameters import REQUIRED, Parameter, distinct_columns, normalise, one_of
from governance.validation.kinds.wording import names_en, names_zh
from governance.validation.model import Rule


def conflicting(
    bound: Bound, frame: pl.LazyFrame, determinant: tuple[str, ...], dependent: tuple[str, ...], report: str
) -> pl.LazyFrame:
    """Rows of a determinant key with two or more dependents; `minority` spares the single most frequent
    one."""
    parts = key_parts(bound, (*determinant, *dependent), bound["normalise"])
    keys = [str(index) for index in range(len(determinant))]
    values = [str(index) for index in range(len(determinant), len(parts))]
    rows = frame.filter(bound.keyed((*determinant, *dependent))).select(ROW, *parts)
    counts = rows.group_by(*keys, *values).len()
    groups = counts.group_by(keys).agg(
        variants=pl.len(),
        most=pl.col("len").max(),
        leaders=(pl.col("len") == pl.col("len").max()).sum(),
    )
    split = groups.filter(pl.col("variants") > 1)
    if report == "all":
        return rows.join(split, on=keys, how="semi").select(ROW)
    wrong = counts.join(split, on=keys, how="inner").filter(
        (pl.col("len") < pl.col("most")) | (pl.col("leaders") > 1)
    )
    return rows.join(wrong, on=[*keys, *values], how="semi").select(ROW)


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    first, second = rule.parameters["determinant"], rule.parameters["dependent"]
    return (
        f"{names_en(first)} determines {names_en(second)}",
        f"{names_zh(first)} 相同时，{names_zh(second)} 须相同",
    )


register(
    Kind(
        name="functional_dependency",
        level="row",
        severity="major",
        dimension="consistency",
        columns="none",
        parameters={
            "determinant": Parameter(distinct_columns, REQUIRED),
            "dependent": Parameter(distinct_columns, REQUIRED),
            "report": Parameter(one_of("all", "minority"), "all"),
            "normalise": Parameter(normalise, ()),
        },
        sentence=sentence,
        reads=lambda parameters: (*parameters["determinant"], *parameters["dependent"]),
        checked=lambda bound: bound.keyed((*bound["determinant"], *bound["dependent"])),
        failing=lambda bound, frame: conflicting(
            bound, frame, bound["determinant"], bound["dependent"], bound["report"]
        ),
        pandera="gavel_fd",
    )
)
