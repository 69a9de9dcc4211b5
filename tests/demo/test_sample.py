"""The sample company: same seed, same bytes; planted counts found by a count that shares no code with it."""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.sample.generate import generate
from demo.sample.tables import SampleManifest

Rows = list[dict[str, str]]
Sample = tuple[Path, SampleManifest]


def read(folder: Path, table: str) -> Rows:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def repeated(rows: Rows, *columns: str) -> set[int]:
    seen = Counter(tuple(row[column] for column in columns) for row in rows)
    return {n for n, row in enumerate(rows, 1) if seen[tuple(row[column] for column in columns)] > 1}


def where(rows: Rows, test: Callable[[dict[str, str]], object]) -> set[int]:
    return {number for number, row in enumerate(rows, 1) if test(row)}


def conflicts(rows: Rows) -> set[int]:
    grades = defaultdict(set)
    for row in rows:
        grades[row["query_id"], row["item_id"]].add(row["grade"])
    return where(rows, lambda row: len(grades[row["query_id"], row["item_id"]]) > 1)


def count_independently(folder: Path) -> dict[tuple[str, str], set[int]]:
    """Record numbers per (table, kind of defect), found by reading the files."""
    users, items, queries = read(folder, "users"), read(folder, "items"), read(folder, "queries")
    item_ids, user_ids = {row["item_id"] for row in items}, {row["user_id"] for row in users}
    number = re.compile(r"^\d+(\.\d+)?$")
    return {
        ("users", "user_copied"): repeated(users, "user_id"),
        ("users", "birth_year_impossible"): where(users, lambda r: int(r["birth_year"]) < 1900),
        ("users", "city_missing"): where(users, lambda r: not r["city"]),
        ("users", "email_malformed"): where(
            users, lambda r: not re.fullmatch(r"[\w.]+@[\w.]+\.\w+", r["email"])
        ),
        ("items", "item_copied"): repeated(items, "item_id"),
        ("items", "price_not_positive"): where(items, lambda r: r["price"] == "0.00"),
        ("items", "price_with_currency_sign"): where(items, lambda r: not number.match(r["price"])),
        ("items", "product_type_missing"): where(items, lambda r: not r["product_type"]),
        ("items", "title_outer_space"): where(items, lambda r: r["title_en"] != r["title_en"].strip()),
        ("items", "title_garbled"): where(items, lambda r: "\ufffd" in r["title_zh"]),
        ("items", "category_unknown"): where(items, lambda r: r["category"] == "misc"),
        ("queries", "query_outer_space"): where(queries, lambda r: r["text_en"] != r["text_en"].strip()),
        ("queries", "query_without_chinese"): where(queries, lambda r: not r["text_zh"]),
        **count_journeys(folder, item_ids, user_ids),
        **count_texts(folder),
    }


def count_journeys(folder: Path, items: set[str], users: set[str]) -> dict[tuple[str, str], set[int]]:
    exposures, clicks = read(folder, "exposures"), read(folder, "clicks")
    shown = {row["exposure_id"]: row["shown_at"] for row in exposures}
    return {
        ("exposures", "item_unknown"): where(exposures, lambda r: r["item_id"] not in items),
        ("exposures", "user_unknown"): where(exposures, lambda r: r["user_id"] not in users),
        ("exposures", "position_zero"): where(exposures, lambda r: int(r["position"]) < 1),
        ("exposures", "time_in_other_format"): where(exposures, lambda r: "/" in r["shown_at"]),
        ("clicks", "exposure_unknown"): where(clicks, lambda r: r["exposure_id"] not in shown),
        ("clicks", "dwell_negative"): where(clicks, lambda r: int(r["dwell_seconds"]) < 0),
        ("clicks", "clicked_before_shown"): where(
            clicks, lambda r: r["clicked_at"] < shown.get(r["exposure_id"], "")
        ),
        ("clicks", "click_copied"): repeated(clicks, "click_id"),
    }


def count_texts(folder: Path) -> dict[tuple[str, str], set[int]]:
    labels, messages = "relevance_labels_train", "service_messages_train"
    train, test = read(folder, labels), read(folder, "relevance_labels_test")
    written, other = read(folder, messages), read(folder, "service_messages_test")
    asked, said = {folded(row["query_text"]) for row in test}, {folded(row["text_en"]) for row in other}
    intents = {row["intent"] for row in other}
    return {
        (labels, "grade_out_of_scale"): where(train, lambda r: int(r["grade"]) > 3),
        (labels, "label_against_grade"): where(
            train, lambda r: (int(r["grade"]) >= 2) != (r["label"] == "1")
        ),
        (labels, "grades_conflict"): conflicts(train),
        (labels, "judged_twice"): repeated(train, "query_id", "item_id", "annotator"),
        (labels, "item_text_missing"): where(train, lambda r: not r["item_text"]),
        (labels, "query_in_both_parts"): where(train, lambda r: folded(r["query_text"]) in asked),
        (messages, "mobile_in_message"): where(written, lambda r: re.search(r"1[3-9]\d{9}", r["text_zh"])),
        (messages, "email_in_message"): where(written, lambda r: "@" in r["text_en"]),
        (messages, "intent_unknown"): where(written, lambda r: r["intent"] not in intents),
        (messages, "message_outer_space"): where(written, lambda r: r["text_en"] != r["text_en"].strip()),
        (messages, "message_line_break"): where(written, lambda r: "\n" in r["text_en"]),
        (messages, "message_in_both_parts"): where(written, lambda r: folded(r["text_en"]) in said),
    }


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, sample: Sample) -> None:
    generate(tmp_path, seed=7)
    assert digests(tmp_path) == digests(sample[0])


def test_another_seed_gives_other_bytes(tmp_path: Path, sample: Sample) -> None:
    generate(tmp_path, seed=8)
    assert digests(tmp_path)["items.csv"] != digests(sample[0])["items.csv"]


def test_every_planted_defect_is_found_in_exactly_its_rows(sample: Sample) -> None:
    folder, manifest = sample
    found = count_independently(folder)
    assert {(defect.table, defect.kind): set(defect.rows) for defect in manifest.defects} == found


@pytest.mark.parametrize(("seed", "scale"), [(1, 0.2), (2, 0.5), (3, 2.0)])
def test_the_counts_hold_for_other_seeds_and_sizes(tmp_path: Path, seed: int, scale: float) -> None:
    manifest = generate(tmp_path, seed=seed, scale=scale)
    found = count_independently(tmp_path)
    assert {(defect.table, defect.kind): set(defect.rows) for defect in manifest.defects} == found


@pytest.mark.parametrize("scale", [0, 0.1, 3.5, -1])
def test_a_scale_without_sense_is_refused_and_nothing_is_written(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        generate(tmp_path / "new", scale=scale)
    assert not (tmp_path / "new").exists()


def test_the_test_asks_only_queries_that_training_never_saw(sample: Sample) -> None:
    train, test = (read(sample[0], f"relevance_labels_{part}") for part in ("train", "test"))
    assert {row["query_id"] for row in train}.isdisjoint(row["query_id"] for row in test)


def test_relevance_can_be_learnt_from_the_made_up_words(sample: Sample) -> None:
    """Series names alone, counted in training, order the test far better than chance: the signal is there."""
    train, test = (read(sample[0], f"relevance_labels_{part}") for part in ("train", "test"))
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in train:
        for pair in pairs_of_words(row):
            counts[pair][int(row["label"])] += 1
    right = sum((score(row, counts) > 0) == (row["label"] == "1") for row in test)
    assert right / len(test) > 0.75


def pairs_of_words(row: dict[str, str]) -> list[tuple[str, str]]:
    series = row["item_text"].split()[1:2]
    return [(word, name) for word in row["query_text"].casefold().split() for name in series]


def score(row: dict[str, str], counts: dict[tuple[str, str], list[int]]) -> float:
    seen = [counts[pair] for pair in pairs_of_words(row) if pair in counts]
    return max(((yes - no) / (yes + no) for no, yes in seen), default=-1.0)
