"""Rows of a log to numbered events, and the proof that the parts follow one another in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from modeling.training import data
from modeling.training.config import TrainingPlan
from modeling.training.examples import dense
from modeling.training.failures import TrainingStopped
from modeling.training.tasks.recommendation.journeys import Takings, first_takings

ROLES = ("train", "valid", "test")


@dataclass(frozen=True)
class Events:
    """``takings`` number the items; ``done`` and ``offered`` are their texts in a history and in a list;
    ``kinds`` (items,) the number of each item's kind, or None."""

    takings: Takings
    done: list[str]
    offered: list[str]
    kinds: np.ndarray | None


def read(frames: Mapping[str, pl.DataFrame], plan: TrainingPlan) -> Events:
    """Events with a user, a time and both texts. An item keeps the texts and kind it was first seen with.

    Raises ``TrainingStopped``: data.empty, data.bad_label, data.no_validation, data.no_time_order.
    """
    if "valid" not in frames:
        raise TrainingStopped("data.no_validation", task=plan.task)
    log = pl.concat(_rows(frames[role], role, at, plan) for at, role in enumerate(ROLES))
    time = _ordered(log["time"])
    role = log["role"].to_numpy()
    _check_order(time, role, plan)
    item = dense(log["item"].to_list())
    _, first = np.unique(item, return_index=True)
    takings = first_takings(dense(log["user"].to_list()), item, time, role)
    kinds = dense(log["kind"].to_list())[first] if plan.text.kind else None
    return Events(takings, log["done"][first].to_list(), log["offered"][first].to_list(), kinds)


def _rows(frame: pl.DataFrame, role: str, number: int, plan: TrainingPlan) -> pl.DataFrame:
    text = plan.text
    offered = pl.Series("offered", data.joined(frame, text.right), dtype=pl.String)
    columns = {
        "user": frame[text.group],
        "time": frame[text.time],
        "done": pl.Series(data.joined(frame, text.left), dtype=pl.String),
        "offered": offered,
        "item": frame[text.item] if text.item else offered,
        "kind": frame[text.kind] if text.kind else pl.repeat(None, len(frame), dtype=pl.String, eager=True),
    }
    rows = pl.DataFrame(
        [values.fill_null("").str.strip_chars().alias(name) for name, values in columns.items()]
    ).with_columns(pl.lit(number).alias("role"))
    told = pl.all_horizontal(pl.col(name) != "" for name in ("user", "time", "done", "offered", "item"))
    if text.label:
        marks = pl.Series(data.labels(frame, text.label, role))
        rows = rows.filter(told & (marks >= plan.evaluation.positive_from))
    else:
        rows = rows.filter(told)
    if not len(rows):
        raise TrainingStopped("data.empty", detail=role)
    return rows


def _ordered(time: pl.Series) -> np.ndarray:
    """Dense ranks from 0: of numbers where all are, else of text as it sorts."""
    numbers = time.cast(pl.Float64, strict=False)
    usable = numbers if numbers.is_finite().fill_null(False).all() else time
    return np.asarray(usable.rank("dense").to_numpy(), dtype=np.int64) - 1


def _check_order(time: np.ndarray, role: np.ndarray, plan: TrainingPlan) -> None:
    for at in (1, 2):
        if time[role == at].min() <= time[role == at - 1].max():
            raise TrainingStopped(
                "data.no_time_order", role=ROLES[at], before=ROLES[at - 1], column=plan.text.time
            )
