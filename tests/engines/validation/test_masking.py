"""Samples show what they may, and the report is written once, masked (standard-rules §5.3)."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import pytest

from tests.engines.validation.cases import KEY, document, gavel, run

MOBILE = "13812345678"


def samples(report: Any, rule_id: str) -> list[dict[str, Any]]:
    found = report.outcome(rule_id)
    assert found is not None
    return list(found.samples)


def text_column(**more: Any) -> dict[str, Any]:
    return {"name": "s", "logicalType": "string", "quality": [gavel("length", max=2)], **more}


def test_samples_are_the_first_failing_rows_in_file_order(tmp_path: Path) -> None:
    rows = "\n".join(["ab", "abc"] * 30)
    report = run(document([text_column()]), f"s\n{rows}\n", tmp_path, samples=3)
    assert samples(report, "s.length") == [
        {"row": row, "key": {}, "values": {"s": "abc"}} for row in (2, 4, 6)
    ]


@pytest.mark.parametrize(
    ("classification", "shown"),
    [
        ("public", "xyz"),
        ("Internal", "xyz"),
        ("2", "xyz"),
        ("sensitive", "***"),
        ("5", "***"),
        ("secret", "***"),
        (None, "xyz"),
    ],
)
def test_the_classification_decides_what_is_shown(
    tmp_path: Path, classification: str | None, shown: str
) -> None:
    more = {} if classification is None else {"classification": classification}
    report = run(document([text_column(**more)]), "s\nxyz\n", tmp_path)
    assert samples(report, "s.length")[0]["values"] == {"s": shown}


def test_an_unclassified_column_that_looks_personal_is_masked_everywhere(tmp_path: Path) -> None:
    report = run(document([text_column()]), f"s\nplain\n{MOBILE}\n", tmp_path)
    assert [sample["values"]["s"] for sample in samples(report, "s.length")] == ["***", "***"]
    assert [(item.code, item.where) for item in report.warnings] == [("pii_like_masked", "s")]
    assert MOBILE not in report.to_text()


def test_a_public_column_that_looks_personal_is_shown_with_a_warning(tmp_path: Path) -> None:
    report = run(document([text_column(classification="public")]), f"s\n{MOBILE}\n", tmp_path)
    assert samples(report, "s.length")[0]["values"] == {"s": MOBILE}
    assert [item.code for item in report.warnings] == ["pii_like_shown"]


def test_key_parts_are_hashed_with_the_platform_key(tmp_path: Path) -> None:
    key = {"name": "k", "logicalType": "string", "primaryKey": True, "classification": "restricted"}
    report = run(document([key, text_column()]), "k,s\nA1,xyz\n", tmp_path)
    wanted = "h:" + hmac.new(KEY, b"A1", hashlib.sha256).hexdigest()[:12]
    assert samples(report, "s.length")[0]["key"] == {"k": wanted}


def test_numbers_and_statistics_are_judged_by_their_text(tmp_path: Path) -> None:
    column = {
        "name": "phone",
        "logicalType": "integer",
        "quality": [
            gavel("aggregate_band", "top", stat="max", max=5),
            gavel("aggregate_band", "n", stat="distinct", min=9),
        ],
    }
    report = run(document([column]), f"phone\n{MOBILE}\n", tmp_path)
    found = {item.rule.id: item.observed for item in report.outcomes}
    assert found["phone.top"] is None
    assert found["phone.n"] == 1
    assert MOBILE not in report.to_text()


def test_a_pii_rule_raises_the_column_it_found_something_in(tmp_path: Path) -> None:
    columns = [
        text_column(classification="public"),
        {
            "name": "b",
            "logicalType": "string",
            "classification": "public",
            "quality": [gavel("length", max=1)],
        },
    ]
    standard = document(columns, [gavel("pii", columns=["s", "b"])])
    report = run(standard, f"s,b\n{MOBILE},bb\n", tmp_path)
    assert samples(report, "s.length")[0]["values"] == {"s": "***"}
    assert samples(report, "b.length")[0]["values"] == {"b": "bb"}
    assert report.levels == {"s": 3, "b": 1}


def test_the_answer_of_a_query_over_a_masked_column_is_hidden(tmp_path: Path) -> None:
    column = {"name": "a", "logicalType": "integer", "classification": "core"}
    queries = {"shown": "SELECT MAX(a) FROM data", "counted": "SELECT COUNT(a) FROM data WHERE a > 0"}
    quality = [{"id": name, "type": "sql", "query": query, "mustBe": 0} for name, query in queries.items()]
    report = run(document([column], quality), "a\n7\n8\n", tmp_path)
    assert {item.rule.id: item.observed for item in report.outcomes if item.rule.kind == "sql"} == {
        "table.shown": None,
        "table.counted": 2,
    }


def test_shown_text_is_cut_at_200_code_points(tmp_path: Path) -> None:
    report = run(document([text_column()]), "s\n" + "中" * 300 + "\n", tmp_path)
    assert samples(report, "s.length")[0]["values"]["s"] == "中" * 200


def test_no_samples_are_kept_where_none_are_wanted(tmp_path: Path) -> None:
    report = run(document([text_column()]), f"s\n{MOBILE}\n", tmp_path, samples=0)
    assert samples(report, "s.length") == []
    assert report.warnings == ()


def test_a_profile_shows_nothing_of_masked_columns(tmp_path: Path) -> None:
    columns = [text_column(), {"name": "c", "logicalType": "string", "classification": "core"}]
    report = run(document(columns), f"s,c\n{MOBILE},secret\n", tmp_path, profile=True)
    assert report.profile is not None
    assert "secret" not in str(report.profile)
    assert MOBILE not in str(report.profile)


@pytest.mark.parametrize(
    ("known", "cell", "shown"),
    [({}, MOBILE, True), ({"s": 4}, "xyz", False), ({"s": 0}, MOBILE, False), ({"s": 0}, "xyz", True)],
)
def test_what_is_known_of_a_column_holds_whatever_the_text_says(
    tmp_path: Path, known: dict[str, int], cell: str, shown: bool
) -> None:
    """A draft is one person's word: neither samples nor profile show more for it."""
    standard = document([text_column(classification="public")])
    report = run(standard, f"s\n{cell}\n", tmp_path, least_levels=known, profile=True)
    assert (samples(report, "s.length")[0]["values"]["s"] == cell) is shown
    assert (cell in str(report.profile)) is shown
