"""What an engine does between the opened data and the verdicts; the embedded one is Polars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import polars as pl

from governance.validation.engine.binding import bind_all
from governance.validation.engine.cells import fetch_cells
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.opening import Opened
from governance.validation.engine.request import ValidationRequest
from governance.validation.engine.riding import Progress
from governance.validation.engine.running import Riders, find_pii, run_rules
from governance.validation.engine.samples import Cells
from governance.validation.errors import invalid
from governance.validation.standard import CompiledStandard

Stop = Callable[[], None]


class Backend(Protocol):
    """One validation on one engine. Verdicts, masking and the report are made of what it fills in."""

    def versions(self) -> Mapping[str, str]:
        """`name` and `version` of the engine, as the report shows them."""

    def bind(self) -> list[RuleFacts]:
        """The rules bound to the table, in report order."""

    def run(self, facts: list[RuleFacts], progress: Progress, stop: Stop, riders: Riders) -> int:
        """Fill in counts and findings; returns the number of rows. Riders it does not take stay empty."""

    def first_rows(self, facts: list[RuleFacts], count: int) -> None:
        """Fill in the record numbers of the first failing rows."""

    def find_pii(self, facts: list[RuleFacts]) -> None:
        """Fill in the columns `pii` rules speak of."""

    def cells(self, facts: list[RuleFacts], key: tuple[str, ...]) -> Cells:
        """Canonical text of the sampled cells."""


class PolarsBackend:
    """The embedded engine: streaming passes in this process."""

    def __init__(self, request: ValidationRequest, compiled: CompiledStandard, opened: Opened) -> None:
        self._request = request
        self._compiled = compiled
        self._opened = opened

    def versions(self) -> Mapping[str, str]:
        """Polars."""
        return {"name": "polars", "version": pl.__version__}

    def bind(self) -> list[RuleFacts]:
        """Each fusable rule with its expression."""
        first = self._request.first_version
        return bind_all(self._compiled, self._opened.resources, first_version=first)

    def run(self, facts: list[RuleFacts], progress: Progress, stop: Stop, riders: Riders) -> int:
        """One fused pass, then the rules that need more; each takes its first failing rows along."""
        table, samples = self._opened.table, self._request.samples
        return run_rules(
            self._opened.seen.frame, facts, progress, stop, riders, rows=table.rows, samples=samples
        )

    def first_rows(self, facts: list[RuleFacts], count: int) -> None:
        """Taken along by the passes of `run`."""

    def find_pii(self, facts: list[RuleFacts]) -> None:
        """A pass per rule over several columns."""
        find_pii(self._opened.seen.frame, facts)

    def cells(self, facts: list[RuleFacts], key: tuple[str, ...]) -> Cells:
        """Read again from where the rows lie."""
        return fetch_cells(self._opened.seen, self._compiled.columns, facts, key)


def check_engine(request: ValidationRequest) -> None:
    """Raise `usage` for an engine that is unknown or cannot run here."""
    if request.engine == "spark":
        from governance.validation.spark.session import check_installed  # an extra; looks before it loads

        check_installed()
    elif request.engine != "polars":
        raise invalid(
            "The engine is polars or spark.",
            "引擎只能是 polars 或 spark。",
            {"engine": request.engine[:20]},
            code="usage",
        )


@contextmanager
def backend_of(
    request: ValidationRequest, compiled: CompiledStandard, opened: Opened, stop: Stop
) -> Iterator[Backend]:
    """The engine the request names, for the length of the validation."""
    if request.engine != "spark":
        yield PolarsBackend(request, compiled, opened)
        return
    from governance.validation.spark.backend import spark_backend  # loads pyspark and ibis

    with spark_backend(request, compiled, opened, stop) as backend:
        yield backend
