"""Record-disjoint splits and version diffs, on tables worked by hand."""

from __future__ import annotations

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.processing.diffs import profile_diff, row_diff, schema_diff
from catalog.processing.splits import split_pairs
from governance.validation.errors import EngineError
from governance.validation.profiling import profile_frame
from governance.validation.psi import psi


def pairs(rows: list[tuple[str | None, str | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={"l": pl.String, "r": pl.String}, orient="row").with_row_index("n")


def split(frame: pl.DataFrame, **named: Any) -> dict[str, list[int]]:
    parts = split_pairs(frame, left=["l"], right=["r"], **named).parts
    return {name: rows["n"].to_list() for name, rows in parts.items()}


def test_pairs_that_share_a_record_stay_together() -> None:
    frame = pairs([("a", "x"), ("b", "x"), ("b", "y"), ("c", "z"), ("Ａ ", "w"), ("d", "v")])
    found = split(frame, shares={"train": 50, "test": 50})
    together = next(rows for rows in found.values() if 0 in rows)
    assert {0, 1, 2, 4} <= set(together)
    assert sorted(number for rows in found.values() for number in rows) == list(range(6))


def test_a_left_and_a_right_record_of_the_same_text_are_two_records() -> None:
    result = split_pairs(pairs([("a", "b"), ("b", "c")]), left=["l"], right=["r"], shares={"p": 50, "q": 50})
    assert result.facts["components"] == 2


def test_missing_records_tie_nothing_together() -> None:
    result = split_pairs(
        pairs([(None, "x"), (None, "y"), (None, None), (None, None)]), left=["l"], right=["r"]
    )
    assert result.facts["components"] == 4


def test_a_record_may_be_several_columns() -> None:
    frame = pl.DataFrame({"t": ["a", "a", "a"], "b": ["1", "2", "1"], "r": ["x", "y", "z"]})
    result = split_pairs(frame, left=["t", "b"], right=["r"])
    assert result.facts["components"] == 2


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "A", "b", "c", "d", "e", None]), st.sampled_from(["x", "y", "z", "w", None])
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 3))
def test_no_record_stands_in_two_parts(rows: list[tuple[str | None, str | None]], seed: int) -> None:
    result = split_pairs(pairs(rows), left=["l"], right=["r"], seed=seed)
    assert result.facts["records_in_two_parts"] == {"left": 0, "right": 0}
    for side in ("l", "r"):
        seen: dict[str, str] = {}
        for part, frame in result.parts.items():
            for text in frame[side].drop_nulls().str.to_lowercase():
                assert seen.setdefault(text, part) == part
    assert sum(frame.height for frame in result.parts.values()) == len(rows)


def test_the_split_follows_records_and_seed_not_row_order() -> None:
    rows = [(f"l{number}", f"r{number}") for number in range(200)]
    frame = pairs(rows)
    first = split(frame)
    assert {name: len(rows) for name, rows in first.items()} == {"train": 120, "valid": 40, "test": 40}
    assert split(frame) == first
    shuffled = split(frame.sample(fraction=1.0, shuffle=True, seed=5))
    assert {name: sorted(rows) for name, rows in shuffled.items()} == first
    assert split(frame, seed=1) != first


@pytest.mark.parametrize(
    "named",
    [
        {"shares": {"a": 50, "b": 40}},
        {"shares": {}},
        {"left": []},
        {"left": ["nope"]},
        {"shares": {"a": 101, "b": -1}},
    ],
)
def test_splits_that_cannot_be_are_refused(named: dict[str, Any]) -> None:
    with pytest.raises(EngineError):
        split_pairs(pairs([("a", "b")]), **{"left": ["l"], "right": ["r"], **named})


def test_schema_changes_are_listed() -> None:
    before = {"a": pl.Int64(), "b": pl.String(), "c": pl.Date()}
    after = {"c": pl.Date(), "a": pl.String(), "d": pl.String()}
    diff = schema_diff(before, after)
    assert (diff.added, diff.removed, dict(diff.retyped)) == (("d",), ("b",), {"a": ("Int64", "String")})
    assert diff.reordered
    assert schema_diff(before, before).is_empty


def test_rows_are_compared_by_key() -> None:
    before = pl.LazyFrame({"k": ["1", "2", "3", None], "v": ["a", "b", None, "x"], "w": [1, 2, 3, 4]})
    after = pl.LazyFrame({"k": ["2", "3", "4"], "v": ["B", None, "d"], "w": ["2", "3", "4"]})
    diff = row_diff(before, after, ["k"])
    assert (diff.added, diff.removed, diff.changed, diff.same) == (1, 1, 1, 1)
    assert (dict(diff.changed_cells), diff.unkeyed_before, diff.unkeyed_after) == ({"v": 1}, 1, 0)


def test_key_parts_do_not_run_into_each_other() -> None:
    before = pl.LazyFrame({"a": ["x", "x1:"], "b": ["1:y", "y"]})
    assert row_diff(before, before, ["a", "b"]).same == 2


def test_an_ambiguous_key_is_refused() -> None:
    frame = pl.LazyFrame({"k": ["1", "1"]})
    for key, code in ((["k"], "parameter_invalid"), (["nope"], "unknown_column")):
        with pytest.raises(EngineError) as refused:
            row_diff(frame, frame, key)
        assert refused.value.code == code


def test_psi_is_the_formula_of_the_rule() -> None:
    assert psi([50, 50], [50, 50]) == 0.0
    expected = (0.8 - 0.5) * math.log(0.8 / 0.5) + (0.2 - 0.5) * math.log(0.2 / 0.5)
    assert math.isclose(psi([50, 50], [80, 20]), expected)
    assert math.isclose(psi([1, 0], [1, 0]), 0.0)
    assert psi([100, 0], [0, 100]) > 9


def test_profiles_are_compared() -> None:
    old = pl.LazyFrame({"n": [float(i) for i in range(100)], "s": ["a"] * 50 + ["b"] * 50})
    new = pl.LazyFrame({"n": [float(i) for i in range(100)], "s": ["a"] * 90 + ["c"] * 10})
    diff = profile_diff(profile_frame(old), profile_frame(new))
    assert diff["rows"] == [100, 100]
    assert math.isclose(diff["columns"]["n"]["psi"], 0.0, abs_tol=1e-9)
    assert diff["columns"]["s"]["psi"] > 0.5
