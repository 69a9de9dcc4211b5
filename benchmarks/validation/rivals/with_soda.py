"""Soda on DuckDB over a view of the Parquet files."""

from __future__ import annotations

import json
import os
from typing import Any

os.environ["SODA_CORE_TELEMETRY_ENABLED"] = "false"

import duckdb
from soda_core.common.yaml import ContractYamlSource
from soda_core.contracts.contract_verification import ContractVerificationSession
from soda_duckdb.common.data_sources.duckdb_data_source import DuckDBDataSourceImpl
from telling import CURRENCIES, DEVICES, EVENTS, REQUIRED, folder, tell

TYPES = {
    "user_id": "bigint",
    "position": "integer",
    "price": "double",
    "ts": "timestamp",
    "clicked_at": "timestamp",
    "rating": "double",
    "label": "tinyint",
}
CHECKS: dict[str, list[dict[str, Any]]] = {
    "event_id": [{"duplicate": {}}, {"invalid": {"valid_min_length": 13, "valid_max_length": 13}}],
    "user_id": [{"invalid": {"valid_min": 0}}],
    "session_id": [{"invalid": {"valid_format": {"regex": r"^s-[0-9]+$", "name": "session"}}}],
    "query": [
        {"invalid": {"valid_min_length": 1, "valid_max_length": 256}},
        {
            "missing": {
                "qualifier": "share",
                "threshold": {"metric": "percent", "must_be_less_than_or_equal": 1},
            }
        },
    ],
    "product_id": [
        {"invalid": {"valid_reference_data": {"dataset": "bench/main/products", "column": "product_id"}}}
    ],
    "position": [{"invalid": {"valid_min": 1, "valid_max": 100}}],
    "price": [
        {"invalid": {"valid_min": 0, "valid_max": 100000}},
        {
            "aggregate": {
                "function": "avg",
                "threshold": {"must_be_between": {"greater_than_or_equal": 5, "less_than_or_equal": 100}},
            }
        },
    ],
    "currency": [{"invalid": {"valid_values": CURRENCIES}}],
    "event_type": [{"invalid": {"valid_values": EVENTS}}],
    "country": [{"invalid": {"valid_format": {"regex": "^[A-Z]{2}$", "name": "country"}}}],
    "device": [{"invalid": {"valid_values": DEVICES}}],
    "rating": [{"invalid": {"valid_min": 1, "valid_max": 5}}],
    "label": [{"invalid": {"valid_values": [0, 1]}}],
}


def contract() -> str:
    names = ["event_id", "user_id", "session_id", "query", "product_id", "position", "price", "currency"]
    names += ["event_type", "ts", "clicked_at", "country", "device", "rating", "label"]
    columns = []
    for name in names:
        checks = [*([{"missing": {}}] if name in REQUIRED else []), *CHECKS.get(name, [])]
        column: dict[str, Any] = {"name": name, "data_type": TYPES.get(name, "varchar")}
        columns.append({**column, "checks": checks} if checks else column)
    table = [
        {"schema": {}},
        {"row_count": {"threshold": {"must_be_greater_than_or_equal": 1000}}},
        {"freshness": {"column": "ts", "threshold": {"unit": "day", "must_be_less_than_or_equal": 365}}},
        {"duplicate": {"columns": ["event_id", "position"]}},
        {"failed_rows": {"name": "order", "expression": "clicked_at < ts"}},
    ]
    return json.dumps({"dataset": "bench/main/events", "columns": columns, "checks": table})


def job() -> dict[str, Any]:
    connection = duckdb.connect(":memory:")
    for name in ("events", "products"):
        path = str(folder() / f"{name}.parquet").replace("'", "''")
        view = f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')"  # noqa: S608 - our own path
        connection.execute(view)
    source = DuckDBDataSourceImpl.from_existing_cursor(connection, name="bench")
    found = ContractVerificationSession.execute(
        contract_yaml_sources=[ContractYamlSource.from_str(contract())], data_source_impls=[source]
    )
    failing, broken = {}, []
    for result in found.contract_verification_results:
        for place, item in enumerate(result.check_results):
            name = f"{place}.{item.check.type}.{item.check.column_name or ''}"
            if "NOT_EVALUATED" in str(item.outcome):
                broken.append(name)
            elif "FAIL" in str(item.outcome):
                failing[name] = item.threshold_value
    return {"failing": failing, "cannot": ["no rows are shown", *broken]}


if __name__ == "__main__":
    tell(job)
