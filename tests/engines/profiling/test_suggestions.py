"""A suggestion says exactly what its rule would find, is offered once, and is remembered when rejected."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from governance.validation.profiling import profile_frame
from governance.validation.standard import CompiledStandard, StandardDocument, compile_standard, load
from governance.validation.standard.changing import changed
from governance.validation.suggesting import Suggestion, remembered, suggest
from governance.validation.suggesting.cli import main_suggest
from governance.validation.suggesting.memory import evidence_changed
from governance.validation.suggesting.model import Evidence
from tests.engines.validation.cases import NOW, document, run

ROWS = 1000
COLUMNS = [
    {"name": "id", "logicalType": "integer"},
    {"name": "sku", "logicalType": "string"},
    {"name": "city", "logicalType": "string"},
    {"name": "price", "logicalType": "number"},
    {"name": "at", "logicalType": "timestamp"},
    {"name": "note", "logicalType": "string"},
    {"name": "count"},
    {"name": "site", "logicalType": "string"},
    {"name": "secret", "logicalType": "string", "classification": "core"},
]


def cells() -> dict[str, list[Any]]:
    """A shop with defects: 3 odd codes, 4 negative prices, 37 missing notes, 2 notes with a mobile number."""
    rng = random.Random(3)
    found: dict[str, list[Any]] = {
        "id": list(range(1, ROWS + 1)),
        "sku": [f"AB-{rng.randint(1000, 9999)}" for _ in range(ROWS)],
        "city": [rng.choice(["Oslo", "Bergen", "上海"]) for _ in range(ROWS)],
        "price": [round(rng.uniform(5, 90), 2) for _ in range(ROWS)],
        "at": [datetime(2025, 3, 1) + timedelta(minutes=rng.randint(0, 90_000)) for _ in range(ROWS)],  # noqa: DTZ001
        "note": [f"call again, number {n}" for n in range(ROWS)],
        "count": [str(rng.randint(0, 9) * 7) for _ in range(ROWS)],
        "site": [f"https://shop.example/{n}?q={n % 7}" for n in range(ROWS)],
        "secret": [f"K{rng.randint(10, 99)}" for _ in range(ROWS)],
    }
    found["sku"][10:13] = ["?", " AB-1", "ab"]
    found["price"][20:24] = [-1.0, -2.0, -3.0, -0.5]
    found["note"][30:67] = [None] * 37
    found["note"][70:72] = ["ring 13812345678", "or 139 1234 5678 "]
    return found


def offered(
    law: StandardDocument, folder: Path, data: Path | str, previous: Any = None
) -> tuple[Suggestion, ...]:
    report = run(law, data, folder, profile=True)
    assert report.profile is not None
    return suggest(report.profile, compile_standard(law), now=NOW, previous=previous)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_accepted_suggestion_fails_exactly_the_rows_its_evidence_states(tmp_path: Path, form: str) -> None:
    law, data = document(COLUMNS), tmp_path / f"data.{form}"
    frame = pl.DataFrame(cells(), schema_overrides={"at": pl.Datetime("us")})
    if form == "csv":
        frame.write_csv(data, datetime_format="%Y-%m-%dT%H:%M:%S")
    else:
        frame.write_parquet(data)
    found = offered(law, tmp_path, data)
    by_rule = {(one.kind, one.columns): one for one in found}
    failing = {key: one.evidence.failing for key, one in by_rule.items()}
    assert failing[("regex", ("sku",))] == 3
    assert failing[("range", ("price",))] == 4
    assert failing[("completeness", ("note",))] == 37
    assert failing[("pii", ("note",))] == 2
    assert failing[("allowed", ("city",))] == failing[("unique", ("id",))] == 0
    assert by_rule[("dtype", ("count",))].parameters == {"type": "integer"}
    assert by_rule[("text_format", ("site",))].parameters == {"format": "uri"}
    assert ("not_in_future", ("at",)) in by_rule
    accepted, _ = changed(law, [one.change for one in found])
    old = {(rule.kind, rule.columns) for rule in compile_standard(law).rules}
    outcomes = {
        (one.rule.kind, one.rule.columns): one
        for one in run(accepted, data, tmp_path).outcomes
        if (one.rule.kind, one.rule.columns) not in old
    }
    assert set(outcomes) == set(by_rule)
    for key, one in by_rule.items():
        assert one.evidence.exact
        assert outcomes[key].failing_rows == one.evidence.failing, key
        if len(one.columns) == 1:
            assert outcomes[key].checked_rows == one.evidence.checked, key
        assert outcomes[key].rule.severity == one.severity
        rule = outcomes[key].rule
        assert (rule.sentence_en, rule.sentence_zh) == (one.sentence_en, one.sentence_zh)
    again = {(one.kind, one.columns) for one in offered(accepted, tmp_path, data)}
    # A column that has become an integer shows what integers show; nothing accepted comes back.
    assert again <= {("allowed", ("count",)), ("range", ("count",))}


def test_the_edits_are_the_change_and_touch_only_their_nodes(tmp_path: Path) -> None:
    law = document(COLUMNS)
    frame = pl.DataFrame(cells()).drop("at")
    found = offered(law, tmp_path, frame.write_csv())
    assert found == offered(law, tmp_path, frame.write_csv()), "order and ids are stable"
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert law.edited(one.edits).tree == changed(law, [one.change])[0].tree
        assert json.loads(json.dumps(one.as_dict())) == one.as_dict()
        for edit in one.edits:
            assert edit.pointer.startswith(("/schema/0/properties/", "/schema/0/quality"))


def test_masked_columns_get_no_suggestion_that_tells_a_value(tmp_path: Path) -> None:
    found = offered(document(COLUMNS), tmp_path, pl.DataFrame(cells()).drop("at").write_csv())
    kinds = {one.kind for one in found if one.columns == ("secret",)}
    assert kinds == {"not_null", "no_outer_space"}


def law_of(**more: Any) -> CompiledStandard:
    return compile_standard(document([{"name": "n", "logicalType": "integer", **more}]))


def test_what_the_standard_says_already_is_not_offered() -> None:
    values = [*range(100), *range(100)]
    profile = profile_frame(pl.LazyFrame({"n": values}))

    def kinds(**more: Any) -> set[str]:
        return {one.kind for one in suggest(profile, law_of(**more), now=NOW)}

    assert kinds() == {"not_null", "range"}
    assert kinds(required=True) == {"range"}
    assert kinds(logicalTypeOptions={"minimum": 0, "maximum": 99}) == {"not_null"}
    assert kinds(logicalTypeOptions={"minimum": 0, "maximum": 150}) == {"not_null"}
    assert kinds(logicalTypeOptions={"minimum": 0, "maximum": 10_000}) == {"not_null", "range"}
    assert kinds(logicalTypeOptions={"minimum": 0}) == {"not_null", "range"}
    tolerant = {"kind": "not_null", "tolerance": {"percent": 5}}
    entry = {"type": "custom", "engine": "gavel", "implementation": tolerant}
    assert kinds(quality=[entry]) == {"not_null", "range"}, "a rule that lets rows fail is looser"
    assert suggest(profile_frame(pl.LazyFrame({"n": values[:29]})), law_of(), now=NOW) == ()


def test_the_previous_version_speaks_for_drift_and_row_counts() -> None:
    profile = profile_frame(pl.LazyFrame({"n": [n % 10 for n in range(1000)]}))
    found = {one.kind: one for one in suggest(profile, law_of(), now=NOW, previous=profile)}
    assert found["drift_psi"].evidence.observed == pytest.approx(0)
    assert found["row_count_change"].evidence.observed == 0
    moved = profile_frame(pl.LazyFrame({"n": [n % 3 for n in range(10_000)]}))
    assert not {"drift_psi", "row_count_change"} & {
        one.kind for one in suggest(moved, law_of(), now=NOW, previous=profile)
    }


def test_evidence_states_its_interval() -> None:
    assert Evidence(1000, 0).interval == (0.0, 0.003), "rule of three"
    low, high = Evidence(1000, 10).interval or (0, 0)
    assert 0.0054 < low < 0.0055 < 0.0182 < high < 0.0184, "Wilson"
    assert Evidence(None, None, observed=0.1).interval is None


def test_a_rejection_stands_until_the_evidence_changes() -> None:
    def made(values: list[int]) -> dict[str, Any]:
        profile = profile_frame(pl.LazyFrame({"n": values}))
        return next(one.as_dict() for one in suggest(profile, law_of(), now=NOW) if one.kind == "range")

    first = made(list(range(200)))
    assert remembered(made(list(range(200)) * 2), first)
    assert remembered(made([*range(200), 205]), first), "a bound moved by less than a tenth"
    assert evidence_changed(made(list(range(200)) * 10), first) == "more_rows"
    assert evidence_changed(made(list(range(300))), first) == "parameters"
    assert evidence_changed(made([*range(1000), -5]), made(list(range(1001)))) == "fails"


def test_standard_suggest_drafts_a_standard_and_prints_evidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = tmp_path / "shop.csv", tmp_path / "shop.odcs.yaml"
    pl.DataFrame(cells()).write_csv(data, datetime_format="%Y-%m-%dT%H:%M:%S")
    now = ["--now", datetime(2026, 1, 1, tzinfo=UTC).isoformat()]
    assert main_suggest(["suggest", str(data), "--out", str(out), *now]) == 0
    told = capsys.readouterr().out
    assert "fails today: 3 / 1,000" in told
    assert "sku 须匹配" in told
    law = compile_standard(load(out.read_bytes()))
    assert law.form.name == "shop"
    assert law.rule("price.range").parameters["min"] == 0
    assert main_suggest(["suggest", str(data), "--standard", str(out), "--json", *now]) == 0
    assert json.loads(capsys.readouterr().out)["suggestions"] == []
    assert main_suggest(["suggest", str(tmp_path / "none.csv")]) == 2
    assert "data_not_found" in capsys.readouterr().out
