"""Django's SQLite backend with a fair beginning of transactions.

Whoever finds the database locked asks SQLite again after ever longer sleeps, and one who has just come may
be served before: of many writers a few wait for seconds. Here they wait in line: one alone asks SQLite, the
others wait for a file lock that is let go as soon as that one's transaction has begun.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    def _start_transaction_under_autocommit(self) -> None:
        with self._line():
            super()._start_transaction_under_autocommit()  # type: ignore[misc] # untyped in the stubs

    @contextlib.contextmanager
    def _line(self) -> Iterator[None]:
        """One's turn; a database in memory has no other processes."""
        if self.is_in_memory_db():
            yield
            return
        with Path(f"{self.settings_dict['NAME']}-line").open("ab") as line:
            fcntl.flock(line, fcntl.LOCK_EX)
            yield
