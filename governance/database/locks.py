"""Row locks that mean the same on SQLite and PostgreSQL.

SQLite runs every transaction as IMMEDIATE (one writer), so being inside `atomic` already is the lock;
PostgreSQL takes a row lock. Lock order for everybody: case or job, permit, ledger head (house).
"""

from __future__ import annotations

from typing import TypeVar

from django.db import connection, models

Row = TypeVar("Row", bound=models.Model)


def locked(queryset: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Return the queryset with its rows locked until the end of the transaction."""
    if connection.vendor == "postgresql":
        return queryset.select_for_update()
    return queryset
