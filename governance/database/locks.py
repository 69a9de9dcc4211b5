"""Row locks that mean the same on SQLite and PostgreSQL.

SQLite runs every transaction as IMMEDIATE (one writer), so being inside `atomic` already is the lock;
PostgreSQL takes a row lock. Lock order for everybody: case or job, permit, ledger head (house).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, models, transaction

Row = TypeVar("Row", bound=models.Model)


def locked(queryset: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Return the queryset with its rows locked until the end of the transaction."""
    if connection.vendor == "postgresql":
        return queryset.select_for_update()
    return queryset


@contextmanager
def snapshot() -> Iterator[None]:
    """Let everything read inside be as of one instant, without stopping anybody who writes meanwhile.

    Inside a transaction already begun nothing more is done: on SQLite that is a snapshot in any case.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
    else:
        # `atomic` begins IMMEDIATE here and would lock every writer out for as long as the reading takes.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")
