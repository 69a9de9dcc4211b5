"""What a database would do for the queries of a piece of work, over tables that hold a history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def plans(work: Callable[[], Any]) -> list[str]:
    """The plan of every reading query of `work`, in order.

    PostgreSQL gathers statistics by itself in time, SQLite works without any: so is it here.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as seen:
        work()
    return [_plan(query["sql"]) for query in seen.captured_queries if query["sql"].startswith("SELECT")]


def _plan(sql: str) -> str:
    how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{how} {sql}")
        return "\n".join(str(row) for row in cursor.fetchall())
