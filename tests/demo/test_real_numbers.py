"""What the standards find in the real files: exactly the numbers docs/real-data.md puts beside those of their
notes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.datasets import INTENTS, RETAIL, SOURCES, DatasetSpec
from tests.demo.conftest import REPO, needs_real_data
from tests.demo.make_real_numbers import FILE, TABLES, Table, numbers_of

FOUND: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
PAGE = (REPO / "docs" / "real-data.md").read_text(encoding="utf-8")


@needs_real_data
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_defects_of_a_real_file_are_found_with_exactly_these_numbers(table: Table) -> None:
    assert numbers_of(table) == FOUND[table.name]


@pytest.mark.parametrize("dataset", [*RETAIL, *INTENTS], ids=lambda dataset: dataset.name)
def test_what_the_demo_knows_of_a_real_file_is_what_is_found(dataset: DatasetSpec) -> None:
    folder = next(source.folder for source in SOURCES if source.name == dataset.source)
    numbers = FOUND[f"{folder}/{dataset.file}"]["rules"]
    assert {rule: numbers[rule] for rule in dataset.known} == dict(dataset.known)


def shown_rows() -> list[tuple[str, str, str, str]]:
    """(file, count of the notes, rule id, our number) of every line of the page's tables, in its order."""
    found = []
    section = ""
    for line in PAGE.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").split(" ")[0]
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if len(cells) == 5 and cells[2].startswith("`"):
            found.append((f"{section}/{cells[0].strip('`')}.csv.gz", cells[1], cells[2].strip("`"), cells[3]))
    return found


def test_the_page_of_real_data_says_what_is_found() -> None:
    rows = shown_rows()
    assert len(rows) > 55
    for file, _, rule, ours in rows:
        number = FOUND[file]["rules"][rule] if rule != "rows" else FOUND[file]["rows"]
        assert ours == f"{number:,}", (file, rule)


def test_every_rule_that_finds_something_in_a_real_file_is_on_the_page() -> None:
    on_page = {(file, rule) for file, _, rule, _ in shown_rows()}
    implied = ("table.rows_present", "table.volume")
    missing = [
        (file, rule)
        for file, facts in FOUND.items()
        for rule, number in facts["rules"].items()
        if number and rule not in implied and (file, rule) not in on_page
    ]
    assert missing == []
