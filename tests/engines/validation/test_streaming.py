"""The embedded engine's passes: exact under any budget of memory, samples from the front of the file, an end
when asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandera.api.checks import Check

from benchmarks.validation import table as benchmark
from benchmarks.validation.generate import write
from governance.validation.casts import LogicalType, cast_expr
from governance.validation.engine import Stopped, ValidationRequest, binding, cells, riding, validate
from governance.validation.kinds import repeats
from governance.validation.kinds.base import Bound, PolarsBody, polars_body
from governance.validation.kinds.duplicate_text.near import near_texts
from tests.engines.validation.cases import NOW, REPO, counts, document, gavel, run

PLAIN = repeats.key_hash

KEYS = document(
    [
        {"name": "a", "logicalType": "string"},
        {"name": "b", "logicalType": "integer"},
    ],
    [
        gavel("unique", "one", columns=["a"]),
        gavel("unique", "both", columns=["a", "b"]),
        gavel("unique", "nulls", columns=["a", "b"], nulls="equal"),
        gavel("unique", "folded", columns=["a"], normalise=["casefold"]),
        gavel("unique", "some", columns=["a", "b"], where={"column": "b", "op": "ge", "value": 1}),
    ],
)


def keys_seen_again(rows: list[tuple[Any, ...]], held: list[bool]) -> list[int]:
    """Record numbers of the held rows whose key is held by another one too."""
    seen = Counter(row for row, holds in zip(rows, held, strict=True) if holds)
    return [place for place, row in enumerate(rows, start=1) if held[place - 1] and seen[row] > 1]


@pytest.mark.parametrize(
    ("budget", "most"), [(512 << 20, 500_000), (64, 500_000), (512 << 20, 0), (300, 1), (64, 3)]
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(
        st.tuples(st.sampled_from(["x", "X", "y", "z", None]), st.sampled_from([0, 1, 2, None])), min_size=1
    ),
    weak=st.booleans(),
)
def test_a_repeated_key_is_counted_exactly_whatever_memory_there_is_and_however_hashes_collide(
    table: list[tuple[Any, Any]],
    weak: bool,
    budget: int,
    most: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repeats, "BUDGET", budget)
    monkeypatch.setattr(repeats, "MOST_CANDIDATES", most)
    monkeypatch.setattr(repeats, "MOST_LISTED", most % 2)
    monkeypatch.setattr(repeats, "key_hash", (lambda parts: PLAIN(parts) % 2) if weak else PLAIN)
    path = tmp_path / "data.parquet"
    pl.DataFrame(table, schema={"a": pl.String, "b": pl.Int64}, orient="row").write_parquet(path)

    report = run(KEYS, path, tmp_path, samples=3)

    first = [(a,) for a, _ in table]
    folded = [(a and a.casefold(),) for a, _ in table]
    there = [a is not None for a, _ in table]
    full = [a is not None and b is not None for a, b in table]
    some = [a is not None and b is not None and b >= 1 for a, b in table]
    for name, rows, held in (
        ("one", first, there),
        ("both", table, full),
        ("nulls", table, [True] * len(table)),
        ("folded", folded, there),
        ("some", table, some),
    ):
        wrong = keys_seen_again(rows, held)
        assert counts(report, f"table.{name}")[1:] == (len(wrong), sum(held)), name
        outcome = report.outcome(f"table.{name}")
        assert outcome is not None
        assert [sample["row"] for sample in outcome.samples] == wrong[:3], name


def test_samples_are_the_first_rows_of_the_file_and_show_their_own_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standard = document(
        [
            {"name": "n", "logicalType": "integer", "logicalTypeOptions": {"minimum": 0}},
            {"name": "s", "logicalType": "string", "quality": [gavel("allowed", values=["ok"])]},
        ]
    )
    rows = 300_000
    wrong = {2, 150_000, 299_999}
    frame = pl.DataFrame({"n": [-1] * rows, "s": ["no" if row in wrong else "ok" for row in range(rows)]})
    frame.write_parquet(tmp_path / "data.parquet", row_group_size=20_000)
    monkeypatch.setattr(cells, "GAP", 1000)
    report = run(standard, tmp_path / "data.parquet", tmp_path, samples=4)
    every, few = report.outcome("n.range"), report.outcome("s.allowed")
    assert every is not None
    assert few is not None
    assert every.failing_rows == rows
    assert [sample["row"] for sample in every.samples] == [1, 2, 3, 4]
    assert [(sample["row"], sample["values"]) for sample in few.samples] == [
        (row + 1, {"s": "no"}) for row in sorted(wrong)
    ]


def test_a_validation_stops_in_the_middle_of_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(riding, "ASK_EVERY", 0.0)
    frame = pl.DataFrame({"a": [str(row % 1000) for row in range(200_000)], "b": [1] * 200_000})
    frame.write_parquet(tmp_path / "data.parquet", row_group_size=20_000)
    said: list[tuple[float, str, int | None]] = []
    for asked in (3, 6, 9):
        asking = iter(range(1_000_000))
        request = ValidationRequest(data=tmp_path / "data.parquet", standard=KEYS, now=NOW)
        with pytest.raises(Stopped):
            validate(
                request,
                progress=lambda share, what, rows=None: said.append((share, what, rows)),
                cancelled=lambda asking=asking, asked=asked: next(asking) >= asked,  # type: ignore[misc]
            )
    told = [(share, rows) for share, what, rows in said if what == "rows"]
    assert told
    assert all(0 < share <= 0.5 and rows is not None and 0 < rows <= 200_000 for share, rows in told)


def test_all_rows_failing_all_rules_takes_no_more_memory_than_few(tmp_path: Path) -> None:
    peaks = {}
    for how in ("few", "all"):
        write(300_000, tmp_path / how, failing=how == "all")
        words = [sys.executable, "-m", "benchmarks.validation.ours", "samples", str(tmp_path / how)]
        two = {**os.environ, "POLARS_MAX_THREADS": "2"}  # each thread holds pieces of its own
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=REPO, env=two)
        found = json.loads(done.stdout.splitlines()[-1])
        every = [count for count in found["failing"].values() if count == 300_000]
        assert len(every) == (16 if how == "all" else 0)
        peaks[how] = found["peak_rss_mb"]
    # Where every key repeats, groups of keys are held, slice by slice; held rows or cells would be far more.
    assert peaks["all"] <= 1.4 * peaks["few"], peaks


@pytest.mark.parametrize(
    ("stored", "logical", "values"),
    [
        (pl.Int8, LogicalType("integer"), [-128, 127]),
        (pl.UInt32, LogicalType("integer", "i64"), [0, 2**32 - 1]),
        (pl.UInt16, LogicalType("integer", "i32"), [0, 2**16 - 1]),
        (pl.Int64, LogicalType("integer", "i64"), [-(2**63), 2**63 - 1]),
        (pl.Float64, LogicalType("number"), [1.5, -0.0, float("inf"), float("-inf"), 1.7e308]),
        (pl.Float32, LogicalType("number"), [1.5, float("inf")]),
        (pl.Boolean, LogicalType("boolean"), [True, False]),
    ],
)
def test_types_taken_for_always_castable_are(
    stored: type[pl.DataType], logical: LogicalType, values: list[Any]
) -> None:
    plan = cast_expr("c", stored(), logical)
    assert plan.uncastable.meta.root_names() == []
    frame = pl.DataFrame({"c": pl.Series(values, dtype=stored)})
    assert frame.select(plan.value.null_count()).item() == 0


def test_narrower_types_are_looked_at_cell_by_cell() -> None:
    frame = pl.DataFrame({"c": pl.Series([1, 300], dtype=pl.Int64)})
    plan = cast_expr("c", pl.Int64(), LogicalType("integer", "u8"))
    assert frame.select(plan.uncastable.alias("u"))["u"].to_list() == [False, True]


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(st.text(alphabet="abc水 ", max_size=9), unique=True, max_size=14),
    threshold=st.sampled_from(["0", "0.2", "0.5", "0.8", "0.80000000000000000001", "1"]),
    size=st.integers(1, 4),
)
def test_near_duplicates_are_those_that_comparing_all_pairs_finds(
    texts: list[str], threshold: str, size: int
) -> None:
    def grams(text: str) -> set[str]:
        return {text[at : at + size] for at in range(len(text) - size + 1)} or {text}

    def alike(one: str, other: str) -> bool:
        both = len(grams(one) & grams(other))
        return Fraction(both, len(grams(one) | grams(other))) >= Fraction(threshold)

    wanted = [any(alike(text, other) for other in texts if other != text) for text in texts]
    assert near_texts(texts, Fraction(threshold), size) == wanted


def test_a_check_that_cannot_be_fused_is_run_by_stock_pandera_and_the_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(bound: Bound) -> Check:
        name = bound.rule.columns[0]
        # Not one expression over the frame: the check collects it first.
        return Check(lambda data: data.lazyframe.collect().select(same(name)).lazy(), name=bound.rule.id)

    def same(name: str) -> pl.Expr:
        return pl.col(name).str.strip_chars() == pl.col(name)

    body = PolarsBody(stock=check)
    monkeypatch.setattr(
        binding, "polars_body", lambda kind: body if kind == "no_outer_space" else polars_body(kind)
    )
    standard = document(
        [
            {"name": "s", "logicalType": "string", "quality": [gavel("no_outer_space")]},
            {"name": "n", "logicalType": "integer"},
        ],
        [gavel("no_outer_space", "where", columns=["s"], where={"column": "n", "op": "gt", "value": 1})],
    )
    report = run(standard, "s,n\n x,1\nx,2\n,3\nx ,4\n", tmp_path, samples=1)
    assert counts(report, "s.no_outer_space") == ("failed", 2, 3)
    assert counts(report, "table.where") == ("failed", 1, 2)
    outcome = report.outcome("s.no_outer_space")
    assert outcome is not None
    assert outcome.pandera.startswith("stock: ")
    assert [sample["row"] for sample in outcome.samples] == [1]
    assert counts(report, "s.dtype") == ("passed", 0, 3)


def test_the_benchmark_page_says_what_the_stored_results_say() -> None:
    result = json.loads(benchmark.RESULTS.read_text())
    text = benchmark.PAGE.read_text()
    assert benchmark.page(text, result) == text, "run: python -m benchmarks.validation.table --write"
