"""datacontract-cli: an ODCS document tested against the Parquet files, by DuckDB."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from datacontract.data_contract import DataContract
from telling import folder, tell

STANDARD = Path(__file__).resolve().parent.parent / "events.odcs.yaml"
PHYSICAL = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "timestamp": "TIMESTAMP",
}


def plain() -> dict[str, Any]:
    """The benchmark's own standard, without what this tool does not know, in its words where it has some."""
    tree = yaml.safe_load(STANDARD.read_text())
    events = tree["schema"][0]
    own = {item["name"]: item for item in events["properties"]}
    for item in events["properties"]:
        item["physicalType"] = PHYSICAL[item["logicalType"]]
        item.pop("relationships", None)
        rules = item.pop("quality", [])
        for rule in rules:
            values = rule["implementation"].get("values")
            if values:
                item["quality"] = [
                    {"metric": "invalidValues", "arguments": {"validValues": values}, "mustBe": 0}
                ]
    own["position"]["physicalType"], own["label"]["physicalType"] = "INTEGER", "TINYINT"
    products = folder() / "products.parquet"
    known = f"SELECT product_id FROM read_parquet('{products}')"  # noqa: S608 - a path of our own
    sql = [
        "SELECT count(*) FROM events WHERE clicked_at < ts",
        f"SELECT count(*) FROM events WHERE product_id NOT IN ({known})",  # noqa: S608
    ]
    mean = "SELECT avg(price) FROM events WHERE NOT isnan(price)"
    events["quality"] = [
        {"metric": "rowCount", "mustBeGreaterOrEqualTo": 1000},
        {
            "metric": "duplicateValues",
            "arguments": {"properties": ["event_id", "position"]},
            "mustBe": 0,
        },
        *[{"type": "sql", "query": query, "mustBe": 0} for query in sql],
        {
            "type": "sql",
            "query": mean,
            "mustBeLessThan": 100,
        },
    ]
    tree["servers"] = [
        {"server": "local", "type": "local", "path": str(folder() / "events.parquet"), "format": "parquet"}
    ]
    return tree


def job() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "events.odcs.yaml"
        path.write_text(yaml.safe_dump(plain()))
        run = DataContract(data_contract_file=str(path)).test()
    failing: dict[str, Any] = {}
    broken: list[str] = []
    for place, check in enumerate(run.checks or []):
        name = f"{place}.{check.type}.{check.field or ''}"
        result = str(check.result).split(".")[-1]
        if result == "failed":
            failing[name] = (check.reason or "")[:120]
        elif result != "passed":
            broken.append(f"{name}: {result}")
    if "--all" in sys.argv:
        print([(c.type, c.field, str(c.result), (c.reason or "")[:80]) for c in run.checks or []])
    cannot = ["no rows are shown", "freshness of a Parquet file", "completeness share"]
    return {"failing": failing, "cannot": [*cannot, *broken]}


if __name__ == "__main__":
    tell(job)
