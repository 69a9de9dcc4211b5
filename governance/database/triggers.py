"""Append-only tables by trigger, on both databases, as a migration operation of any app."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, migrations

_SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON "{table}"
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
"""
_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION gavel_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END;
$$ LANGUAGE plpgsql;
"""
_POSTGRES = """
CREATE TRIGGER {table}_no_{verb} BEFORE {VERB} ON "{table}"
FOR EACH ROW EXECUTE FUNCTION gavel_append_only();
"""
_POSTGRES_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON "{table}"
FOR EACH STATEMENT EXECUTE FUNCTION gavel_append_only();
"""
_VERBS = ("update", "delete")


def _create(table: str, conn: Any) -> None:
    if conn.vendor == "postgresql":
        with conn.cursor() as cursor:
            cursor.execute(_POSTGRES_FUNCTION)
            for verb in _VERBS:
                cursor.execute(_POSTGRES.format(table=table, verb=verb, VERB=verb.upper()))
            cursor.execute(_POSTGRES_TRUNCATE.format(table=table))
        return
    with conn.cursor() as cursor:
        for verb in _VERBS:
            cursor.execute(_SQLITE.format(table=table, verb=verb, VERB=verb.upper()))


def _drop(table: str, conn: Any) -> None:
    verbs = (*_VERBS, "truncate") if conn.vendor == "postgresql" else _VERBS
    suffix = f' ON "{table}"' if conn.vendor == "postgresql" else ""
    with conn.cursor() as cursor:
        for verb in verbs:
            cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}{suffix}")


class AppendOnly(migrations.operations.base.Operation):
    """Migration operation: rows of `table` can be inserted, never updated, deleted or truncated."""

    reversible = True

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The model state does not change: only the database learns the rule."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _create(self.table, schema_editor.connection)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _drop(self.table, schema_editor.connection)

    def describe(self) -> str:
        return f"Make {self.table} append-only"


class AppendOnlyAgain(AppendOnly):
    """The same after a change of the table: SQLite makes a changed table anew, and its triggers are lost."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        _drop(self.table, schema_editor.connection)
        _create(self.table, schema_editor.connection)

    database_backwards = database_forwards


def protected_tables() -> list[str]:
    """Names of the tables that carry an append-only trigger in this database."""
    query = (
        "SELECT DISTINCT event_object_table FROM information_schema.triggers "
        "WHERE trigger_name LIKE '%_no_update'"
        if connection.vendor == "postgresql"
        else "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_update'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(row[0] for row in cursor.fetchall())


@contextmanager
def lifted() -> Iterator[None]:
    """Lift the triggers in a test: around a flush, or to play the vandal. Never used by the product."""
    tables = protected_tables()
    for table in tables:
        _drop(table, connection)
    try:
        yield
    finally:
        for table in tables:
            _create(table, connection)
