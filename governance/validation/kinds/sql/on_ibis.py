"""`sql` on ibis: the checked query, written for Spark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from governance.validation.casts import logical_of
from governance.validation.kinds.base import Bound, Finding
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.sql import query_of
from governance.validation.kinds.sql.judging import of_answer
from governance.validation.model import NotBound

if TYPE_CHECKING:
    from governance.validation.kinds.sql.classes import Sort


def measure(bound: IbisBound) -> Finding:
    """Run the query over the typed columns; uncastable cells are NULL."""
    from governance.validation.kinds.sql.spark import spark_text  # sqlglot

    query, resources = query_of(bound.polars), bound.resources
    columns = {table: _columns(bound.polars, table) for table in query.tables}
    if bound.sql is None:
        raise NotBound
    answer = bound.sql(spark_text(query, resources.now, resources.today, columns))
    return of_answer(bound.polars, answer)


def _columns(bound: Bound, table: str) -> dict[str, Sort]:
    """Names and sorts of the columns a table shows to the query."""
    if table == bound.resources.table_name:
        return {
            name: _sort(bound.columns[name].logical.name)
            for name in bound.columns
            if name in bound.resources.physical
        }
    schema = bound.resources.reference(table).table().collect_schema()
    return {
        name: _sort(logical_of(dtype).name)
        for name, dtype in schema.items()
        if not name.startswith("_gavel_")
    }


def _sort(logical: str | None) -> Sort:
    names: dict[str | None, Sort] = {None: "text", "string": "text", "object": "nested", "array": "nested"}
    return names.get(logical) or logical  # type: ignore[return-value]  # the other types are sorts


BODY = IbisBody(measure=measure)
