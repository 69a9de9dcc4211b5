"""One validation on Spark: the counts come from Spark SQL, verdicts and report from the same code as ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyspark

from governance.validation.engine.backend import Stop
from governance.validation.engine.binding import bind_plain
from governance.validation.engine.facts import RuleFacts
from governance.validation.engine.opening import Opened
from governance.validation.engine.request import ValidationRequest
from governance.validation.engine.riding import Progress
from governance.validation.engine.running import Riders
from governance.validation.engine.samples import Cells
from governance.validation.kinds.base import ROW
from governance.validation.spark.executing import helpers
from governance.validation.spark.jobs import Jobs
from governance.validation.spark.passes import (
    SparkRule,
    bind,
    first_rows,
    fused,
    measure,
    measures,
    noted,
    together,
)
from governance.validation.spark.session import spark_session
from governance.validation.spark.tables import Tables
from governance.validation.standard import CompiledStandard


class SparkBackend:
    """See `engine.backend.Backend`."""

    def __init__(
        self, request: ValidationRequest, compiled: CompiledStandard, opened: Opened, tables: Tables
    ) -> None:
        self._request = request
        self._compiled = compiled
        self._opened = opened
        self._tables = tables
        self._rules: list[SparkRule] = []

    def versions(self) -> Mapping[str, str]:
        """Spark."""
        return {"name": "spark", "version": pyspark.__version__}

    def bind(self) -> list[RuleFacts]:
        """Rules whose columns and helpers are there."""
        first, resources = self._request.first_version, self._opened.resources
        facts = [
            bind_plain(rule, self._compiled.columns, resources, first_version=first)
            for rule in self._compiled.rules
        ]
        for item in facts:
            if item.judged and item.bound is not None:
                with noted(item):
                    helpers(item.bound)
        return facts

    def run(self, facts: list[RuleFacts], progress: Progress, stop: Stop, riders: Riders) -> int:
        """One fused query, one for all rules over several rows, then those with queries of their own."""
        tables, judged = self._tables, [item for item in facts if item.judged]
        table = tables.judged(tuple(item.rule.id for item in judged))
        self._rules = [bind(item, tables, table) for item in judged]
        rows = fused(tables, table, self._rules, lambda share: progress(0.4 * share, "fused"))
        progress(0.4, "fused")
        samples = self._request.samples
        together(tables, self._rules, samples, lambda share: progress(min(0.4 + 0.2 * share, 0.6), "keys"))
        progress(0.6, "keys")
        rest = [item for item in self._rules if measures(item)]
        for done, item in enumerate(rest, start=1):
            stop()
            measure(item)
            progress(0.6 + 0.2 * done / len(rest), item.facts.rule.id)
        first_rows(tables, table, self._rules, samples)
        return rows

    def first_rows(self, facts: list[RuleFacts], count: int) -> None:
        """Taken along by `run`."""

    def find_pii(self, facts: list[RuleFacts]) -> None:
        """On the executors where a rule speaks of several columns."""
        for item in facts:
            if item.rule.kind != "pii" or item.bound is None:
                continue
            if item.rule.parameters["mode"] == "require" or (item.failing and len(item.rule.columns) == 1):
                item.pii_columns = frozenset(item.rule.columns)
            elif item.failing:
                item.pii_columns = self._tables.pii_columns(item.rule.id)

    def cells(self, facts: list[RuleFacts], key: tuple[str, ...]) -> Cells:
        """Text of the sampled cells, from the slices that hold them."""
        physical = self._opened.seen.physical
        rows: set[int] = set()
        names = dict.fromkeys(name for name in key if name in physical)
        for item in facts:
            if item.first_rows:
                rows.update(item.first_rows)
                names.update(dict.fromkeys(name for name in item.rule.columns if name in physical))
        if not rows:
            return {}
        found = self._tables.cells(tuple(sorted(rows)), tuple(names))
        return {int(row.pop(ROW)): row for row in found.iter_rows(named=True)}


@contextmanager
def spark_backend(
    request: ValidationRequest, compiled: CompiledStandard, opened: Opened, stop: Stop
) -> Iterator[SparkBackend]:
    """A backend with a Spark of its own, or on the one that is active."""
    with spark_session(request.spark_master, opened.table.rows) as session:
        tables = Tables(session, Jobs(session, stop), compiled, opened, request.now)
        try:
            yield SparkBackend(request, compiled, opened, tables)
        finally:
            tables.close()
