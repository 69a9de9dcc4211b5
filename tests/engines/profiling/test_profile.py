"""A profile says what slow Python says, in few passes and bounded memory; what is sampled is marked."""

from __future__ import annotations

import json
import math
import random
import statistics
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.profiling import looking, masked, profile_frame
from governance.validation.profiling.distribution import BINS, QUANTILES, Sorted
from governance.validation.profiling.shapes import pattern_of, shapes_of
from tests.engines.validation.cases import document, run

ROWS = 4000
TODAY = date(2026, 1, 15)


def table() -> dict[str, list[Any]]:
    """Integers, floats with NaN and infinities, codes, words, days and blanks, all with missing cells."""
    rng = random.Random(7)

    def sometimes(value: Any, share: float = 0.05) -> Any:
        return None if rng.random() < share else value

    codes = [f"SKU-{rng.randint(0, 99_999):05d}" for _ in range(ROWS)]
    for place in rng.sample(range(ROWS), 40):
        codes[place] = "n/a "
    return {
        "whole": [sometimes(rng.randint(-50, 5000)) for _ in range(ROWS)],
        "float": [
            sometimes(rng.choice([math.nan, math.inf, -math.inf, 0.0, rng.gauss(10, 3)])) for _ in range(ROWS)
        ],
        "code": [sometimes(code) for code in codes],
        "word": [sometimes(rng.choice(["red", "green", "蓝", ""])) for _ in range(ROWS)],
        "day": [sometimes(date(2024, 1, 1) + timedelta(days=rng.randint(0, 700))) for _ in range(ROWS)],
        "flag": [sometimes(rng.random() < 0.3) for _ in range(ROWS)],
        "number_text": [str(rng.randint(1, 3000)) for _ in range(ROWS)],
    }


def quantile(values: list[float], share: float) -> float:
    at = (len(values) - 1) * share
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def expect_numbers(facts: dict[str, Any], cells: list[Any]) -> None:
    """All figures of a number column."""
    values = [cell for cell in cells if cell is not None and not math.isnan(cell)]
    finite = sorted(float(value) for value in values if math.isfinite(value))
    assert (facts["count"], facts["missing"]) == (len(values), len(cells) - len(values))
    assert facts["distinct"] == len(set(values))
    assert (facts["zeros"], facts["negatives"]) == (values.count(0), sum(value < 0 for value in values))
    assert facts["infinite"] == len(values) - len(finite)
    assert facts["mean"] == pytest.approx(statistics.fmean(finite))
    assert facts["std"] == pytest.approx(statistics.stdev(finite))
    for share in QUANTILES:
        assert facts["quantiles"][str(share)] == pytest.approx(quantile(finite, share))
    edges, counts = facts["histogram"]["edges"], facts["histogram"]["counts"]
    assert edges == pytest.approx(
        [finite[0] + (finite[-1] - finite[0]) * step / BINS for step in range(BINS + 1)]
    )
    slow = [sum(a <= value < b for value in finite) for a, b in pairwise(edges)]
    slow[-1] += finite.count(edges[-1])
    assert counts == slow
    fence = facts["fence"]
    assert fence["below"] == sum(value < fence["min"] for value in finite)
    assert fence["above"] == sum(value > fence["max"] for value in finite)


def listed(facts: dict[str, Any]) -> list[tuple[str, int]]:
    return [(item["value"], item["count"]) for item in facts["top"]]


def ranked(cells: list[str], most: int = 20) -> list[tuple[str, int]]:
    return sorted(Counter(cells).items(), key=lambda item: (-item[1], item[0]))[:most]


@pytest.mark.parametrize("tier", ["few", "many", "large"])
def test_a_profile_says_what_slow_python_says(tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same figures whether values are grouped together, one column at a time, or held and sampled."""
    if tier != "few":
        monkeypatch.setattr(looking, "SAMPLE", 1000)
        monkeypatch.setattr(looking, "FEW_VALUES", 100)
        monkeypatch.setattr(looking, "MANY_VALUES", 100_000 if tier == "many" else 200)
    cells = table()
    found = profile_frame(pl.LazyFrame(cells), today=TODAY)
    assert json.loads(json.dumps(found, allow_nan=False, ensure_ascii=False)) == found
    columns = found["columns"]
    expect_numbers(columns["whole"], cells["whole"])
    expect_numbers(columns["float"], cells["float"])
    codes = [cell for cell in cells["code"] if cell is not None]
    code = columns["code"]
    assert (code["count"], code["outer_space"]) == (len(codes), codes.count("n/a "))
    assert code["lengths"] == {"min": 4, "max": 9, "mean": pytest.approx(statistics.fmean(map(len, codes)))}
    if tier == "large":
        assert not code["looked_at_all"]
        assert code["looked_at"] == pytest.approx(1000 * len(codes) / ROWS, rel=0.05)
        assert not code["top_exact"]
        assert dict(listed(code))["n/a "] == codes.count("n/a "), "a sampled value is counted over all rows"
        assert code["counted"]["pattern"] == len(codes) - codes.count("n/a ")
        assert columns["number_text"]["counted"]["castable.integer"] == ROWS
    else:
        assert code["distinct_exact"]
        assert code["distinct"] == len(set(codes))
        assert listed(code) == ranked(codes)
        assert code["shapes"] == [
            {"shape": "AAA-99999", "count": len(codes) - codes.count("n/a ")},
            {"shape": "a/a ", "count": codes.count("n/a ")},
        ]
        assert code["pattern"]["matching"] == len(codes) - codes.count("n/a ")
        assert columns["number_text"]["castable"]["integer"] == ROWS
    words = [cell for cell in cells["word"] if cell is not None]
    assert listed(columns["word"]) == ranked(words)
    assert columns["word"]["empty"] == words.count("")
    assert {item["shape"] for item in columns["word"]["shapes"]} == {"aaa", "aaaaa", "中", ""}
    days = sorted(cell for cell in cells["day"] if cell is not None)
    assert columns["day"]["quantiles"]["0.5"] == days[(len(days) - 1) // 2].isoformat()
    assert sum(columns["day"]["histogram"]["counts"]) == len(days)
    assert columns["day"]["histogram"]["labels"][0] == days[0].isoformat()
    assert listed(columns["flag"]) == ranked([str(c).lower() for c in cells["flag"] if c is not None])


def test_a_small_table_is_scanned_twice_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """One select and one pass over all value tables, however many columns there are."""
    passes: list[str] = []
    collect, together = pl.LazyFrame.collect, pl.collect_all

    def counted(frame: pl.LazyFrame, *args: Any, **named: Any) -> Any:
        passes.append("collect")
        return collect(frame, *args, **named)

    def counted_together(*args: Any, **named: Any) -> Any:
        passes.append("together")
        return together(*args, **named)

    frame = pl.LazyFrame(table())
    monkeypatch.setattr(pl, "collect_all", counted_together)
    monkeypatch.setattr(pl.LazyFrame, "collect", counted)
    monkeypatch.setattr(looking, "facts_of_texts", lambda texts, today: {})  # works on values held already
    monkeypatch.setattr(looking, "_axis", lambda one, values: Sorted(pl.Series([0])))
    monkeypatch.setattr(looking._Passes, "_top", lambda self, one, values: [])
    profile_frame(frame)
    assert passes == ["collect", "together"]


def test_shapes_become_patterns_only_where_they_say_something() -> None:
    def pattern(*values: str) -> str | None:
        frame = pl.DataFrame({"value": values, "n": [1] * len(values)}, schema_overrides={"n": pl.Int64})
        return pattern_of(*shapes_of(frame))

    assert pattern("AB-1", "CD-9") == "^[A-Z]{2}-[0-9]$"
    assert pattern("u1", "u22", "v333") == "^[a-z]+[0-9]+$"
    assert pattern("京A1", "沪B2") == "^[㐀-䶿一-鿿豈-﫿][A-Z][0-9]$"
    assert pattern("a.b(1)") == "^[a-z]\\.[a-z]\\([0-9]\\)$"
    assert pattern("two words", "six words") is None
    assert pattern("é1", "à2") is None
    assert pattern("x" * 60, "y" * 60) is None
    assert pattern("a", "1", "-") is None
    assert pattern("--", "--") is None


def test_the_profile_of_a_validation_rides_in_its_pass(tmp_path: Path) -> None:
    """Missing and uncastable are told apart, and the figures are those of the typed column."""
    columns = [{"name": "n", "logicalType": "integer"}, {"name": "s", "classification": "core"}]
    text = "n,s\n" + "".join(f"{n},A-{n}\n" for n in range(40)) + ",x\nten,A-1\n"
    found = run(document(columns), text, tmp_path, profile=True).profile
    assert found is not None
    number = found["columns"]["n"]
    assert (found["rows"], number["count"], number["missing"], number["uncastable"]) == (42, 40, 1, 1)
    assert (number["min"], number["max"], number["type"]) == (0, 39, "Int64")
    hidden = found["columns"]["s"]
    assert hidden["masked"]
    assert not {"top", "shapes", "pattern", "lengths", "length_quantiles"} & set(hidden)
    assert "A-" not in json.dumps(hidden)
    assert (hidden["count"], hidden["distinct"]) == (42, 41)


def test_nothing_of_a_masked_column_is_left_but_counts() -> None:
    found = masked(profile_frame(pl.LazyFrame(table()), today=TODAY), list(table()))
    for facts in found["columns"].values():
        figures = {key: value for key, value in facts.items() if isinstance(value, list) and value}
        assert not figures
        assert not {"min", "max", "quantiles", "histogram", "fence", "pattern", "formats"} & set(facts)
