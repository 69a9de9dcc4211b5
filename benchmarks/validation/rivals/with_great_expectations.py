"""Great Expectations on a pandas frame, twenty unexpected values of each expectation kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import pandas as pd
from telling import CURRENCIES, DEVICES, EVENTS, NOW, REQUIRED, folder, tell

TYPES = {"user_id": "int64", "position": "int32", "price": "float64", "rating": "float64", "label": "int8"}


def suite(products: list[str]) -> list[Any]:
    oldest = NOW.replace(tzinfo=None) - timedelta(days=365)
    return [
        *[gxe.ExpectColumnValuesToNotBeNull(column=name) for name in REQUIRED],
        *[gxe.ExpectColumnValuesToBeOfType(column=name, type_=kind) for name, kind in TYPES.items()],
        gxe.ExpectColumnValuesToBeUnique(column="event_id"),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["event_id", "position"]),
        gxe.ExpectColumnValueLengthsToEqual(column="event_id", value=13),
        gxe.ExpectColumnValuesToBeBetween(column="user_id", min_value=0),
        gxe.ExpectColumnValuesToMatchRegex(column="session_id", regex=r"^s-[0-9]+$"),
        gxe.ExpectColumnValueLengthsToBeBetween(column="query", min_value=1, max_value=256),
        gxe.ExpectColumnValuesToNotBeNull(column="query", mostly=0.99),
        gxe.ExpectColumnValuesToBeInSet(column="product_id", value_set=products),
        gxe.ExpectColumnValuesToBeBetween(column="position", min_value=1, max_value=100),
        gxe.ExpectColumnValuesToBeBetween(column="price", min_value=0, max_value=100000),
        gxe.ExpectColumnMeanToBeBetween(column="price", min_value=5, max_value=100),
        gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=CURRENCIES),
        gxe.ExpectColumnValuesToBeInSet(column="event_type", value_set=EVENTS),
        gxe.ExpectColumnMaxToBeBetween(column="ts", min_value=oldest),
        gxe.ExpectColumnValuesToMatchRegex(column="country", regex=r"^[A-Z]{2}$"),
        gxe.ExpectColumnValuesToBeInSet(column="device", value_set=DEVICES),
        gxe.ExpectColumnValuesToBeBetween(column="rating", min_value=1, max_value=5),
        gxe.ExpectColumnValuesToBeInSet(column="label", value_set=[0, 1]),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="clicked_at", column_B="ts", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
        gxe.ExpectTableRowCountToBeBetween(min_value=1000),
    ]


def job() -> dict[str, Any]:
    products = pd.read_parquet(folder() / "products.parquet")["product_id"].tolist()
    frame = pd.read_parquet(folder() / "events.parquet")
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("events")
    batch = source.add_dataframe_asset("events").add_batch_definition_whole_dataframe("all")
    expectations = gx.ExpectationSuite(name="events", expectations=suite(products))
    wanted = {"result_format": "SUMMARY", "partial_unexpected_count": 20}
    result = batch.get_batch({"dataframe": frame}).validate(expectations, result_format=wanted)
    failing, broken = {}, []
    for place, item in enumerate(result.results):
        name = f"{place}.{item.expectation_config.type}.{item.expectation_config.kwargs.get('column', '')}"
        if item.exception_info and item.exception_info.get("raised_exception"):
            broken.append(name)
        elif item.result.get("unexpected_count"):
            failing[name] = item.result["unexpected_count"]
    return {"failing": failing, "cannot": ["types of text and timestamp columns in pandas", *broken]}


if __name__ == "__main__":
    tell(job)
