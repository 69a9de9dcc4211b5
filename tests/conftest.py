"""What all tests share: compiled texts, the mark of database tests, a flush that append-only tables allow."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client"}


def pytest_configure(config: pytest.Config) -> None:
    """Pages are tested in both languages, so their texts are compiled first (only what changed)."""
    from config.messages import compile_messages

    if not hasattr(config, "workerinput"):
        compile_messages(ROOT)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what touches the database: the second engine runs exactly those."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & DATABASE_FIXTURES:
            item.add_marker("database")


@pytest.fixture(autouse=True)
def _language_reset() -> Iterator[None]:
    """A test that switched the language does not hand it to the next one."""
    from django.utils import translation

    yield
    translation.deactivate()


class EngineHere:
    """Stands in for catalog.tasks.child.Child: the same call and messages without starting a process.

    A process costs each test two seconds; tests marked `engine_process` start real ones.
    """

    def __init__(self, function: Any, order: Any, *, label: str, memory: int) -> None:
        from catalog.processing import child, wire

        self._messages: list[tuple[Any, ...]] = [("ready",)]
        progress = child.Progress(lambda *facts: self._messages.append(("progress", *facts)))
        said = child.answer(function, wire.decode(wire.encode(order)), progress)
        self._messages.append(wire.decode(wire.encode(said)))

    def message(self, seconds: float) -> tuple[Any, ...] | None:
        return self._messages.pop(0)

    def ask_to_stop(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture(autouse=True)
def _engines_in_this_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("engine_process") is None and "catalog.tasks.running" in sys.modules:
        monkeypatch.setattr(sys.modules["catalog.tasks.running"], "Child", EngineHere)


@pytest.fixture(autouse=True, scope="session")
def _standards_read_once() -> Iterator[None]:
    """A real child reads each text of a standard, but the same text once only: its answer never differs."""
    from governance import standard_text

    ask = standard_text._told
    standard_text._told = lru_cache(maxsize=500)(ask)
    yield
    standard_text._told = ask


@pytest.fixture(autouse=True, scope="session")
def _flush_lifts_triggers() -> Iterator[None]:
    """Between transactional tests every table is emptied; the append-only ones only while lifted."""
    from django.test import TransactionTestCase

    from governance.database.triggers import lifted

    flush = TransactionTestCase._fixture_teardown

    def flush_lifted(self: TransactionTestCase) -> None:
        with lifted():
            flush(self)

    TransactionTestCase._fixture_teardown = flush_lifted  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = flush  # type: ignore[method-assign]
