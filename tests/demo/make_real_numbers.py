"""`python -m tests.demo.make_real_numbers`: writes real_numbers.json anew where the real data is.

Read the difference before you commit it: a number that changed is a change of what the engine finds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demo.datasets import HERE
from governance.validation.engine import Outcome, ValidationRequest, validate
from governance.validation.standard import load
from tests.demo.conftest import DATA

FILE = Path(__file__).with_name("real_numbers.json")
NOW = datetime(2026, 1, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Table:
    """One real file, the standard and object it is validated by, and its references by name."""

    standard: str
    folder: str
    file: str
    object_name: str
    references: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.folder}/{self.file}"


def _of(standard: str, folder: str, object_name: str, *references: str) -> Table:
    named = tuple((name, f"{name}.csv.gz") for name in references)
    return Table(standard, folder, f"{object_name}.csv.gz", object_name, named)


def _intents(part: str, other: str) -> Table:
    against = (("counterpart", f"{other}.csv.gz"),)
    return Table("service_intents", "banking77", f"{part}.csv.gz", "service_intents", against)


JOURNEY, OLIST = ("completejourney", "completejourney"), ("olist", "olist")
TABLES = (
    _of(*JOURNEY, "transactions_sample", "products", "demographics"),
    _of(*JOURNEY, "products"),
    _of(*JOURNEY, "demographics"),
    _of(*JOURNEY, "campaigns", "campaign_descriptions", "demographics"),
    _of(*JOURNEY, "campaign_descriptions"),
    _of(*JOURNEY, "coupons", "products", "campaign_descriptions"),
    _of(*JOURNEY, "coupon_redemptions", "coupons", "campaigns", "campaign_descriptions", "demographics"),
    _of(*JOURNEY, "promotions_sample", "products"),
    _of(*OLIST, "orders", "order_items", "customers"),
    _of(*OLIST, "customers"),
    _of(*OLIST, "order_items", "orders", "products", "sellers"),
    _of(*OLIST, "products", "product_category_name_translation"),
    _of(*OLIST, "sellers"),
    _of(*OLIST, "product_category_name_translation"),
    _of("online_shopping_reviews", "zh_online_shopping_10_cats", "online_shopping_10_cats"),
    _intents("train", "test"),
    _intents("test", "train"),
)


def numbers_of(table: Table) -> dict[str, Any]:
    """Rows, verdict, gate, and per rule its number: failing rows, else what it observed or left unmatched."""
    folder = DATA / table.folder
    report = validate(
        ValidationRequest(
            data=folder / table.file,
            standard=load((HERE / "standards" / f"{table.standard}.odcs.yaml").read_bytes()),
            object_name=table.object_name,
            references={name: folder / file for name, file in table.references},
            now=NOW,
            samples=0,
            platform_key=b"0" * 32,
        )
    )
    assert [item.rule.id for item in report.outcomes if item.verdict == "errored"] == []
    return {
        "rows": report.rows,
        "verdict": report.verdict,
        "gate": report.gate,
        "rules": {item.rule.id: _number(item) for item in report.outcomes},
    }


def _number(outcome: Outcome) -> int | float | None:
    number: Any = outcome.details.get("unmatched_parents", outcome.failing_rows)
    number = outcome.observed if number is None else number
    if isinstance(number, float):
        return int(number) if number.is_integer() else round(number, 2)
    return number


if __name__ == "__main__":
    found = {table.name: numbers_of(table) for table in TABLES}
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
