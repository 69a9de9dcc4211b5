"""A compiled standard: columns, rules in report order, and what is kept without being run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from governance.validation.casts import LogicalType

Severity = Literal["blocker", "major", "minor", "info"]
Level = Literal["row", "table"]

SEVERITIES: tuple[Severity, ...] = ("blocker", "major", "minor", "info")
DIMENSIONS = (
    "completeness",
    "accuracy",
    "consistency",
    "timeliness",
    "uniqueness",
    "conformity",
    "coverage",
)


class NotBound(RuntimeError):
    """A rule reached a step it was not bound for: a defect of the engine, never of the input."""


@dataclass(frozen=True)
class Column:
    """One property of the object. Rules speak of `name`; the data's header says `physical_name`."""

    name: str
    physical_name: str
    logical: LogicalType
    optional: bool = False
    classification: str | None = None
    pii: tuple[str, ...] = ()
    critical: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Any, ...] = ()
    pointer: str = ""

    @property
    def is_text(self) -> bool:
        """string, or no logicalType."""
        return self.logical.name in (None, "string")

    @property
    def is_nested(self) -> bool:
        """object or array: only `dtype` on Parquet and Delta can judge it."""
        return self.logical.name in ("object", "array")


@dataclass(frozen=True)
class Threshold:
    """An ODCS operator: `unit` rows or percent; the operands are exact."""

    operator: str
    operands: tuple[Decimal, ...]
    unit: str
    written: Any

    @property
    def is_none(self) -> bool:
        """`mustBe: 0`: the same as no threshold."""
        return self.operator == "mustBe" and self.operands == (Decimal(0),)

    def holds(self, metric: Decimal | float | int) -> bool:
        """Compare a metric (rows, percent, or the answer of a query) with the operands."""
        value = metric if isinstance(metric, Decimal) else Decimal(metric)
        if value.is_nan():
            return False
        first, last = self.operands[0], self.operands[-1]
        return {
            "mustBe": value == first,
            "mustNotBe": value != first,
            "mustBeGreaterThan": value > first,
            "mustBeGreaterOrEqualTo": value >= first,
            "mustBeLessThan": value < first,
            "mustBeLessOrEqualTo": value <= first,
            "mustBeBetween": first <= value <= last,
            "mustNotBeBetween": not first <= value <= last,
        }[self.operator]

    def as_dict(self) -> dict[str, Any]:
        """As the report shows it: numbers as written."""
        return {self.operator: self.written, "unit": self.unit}


@dataclass(frozen=True)
class Tolerance:
    """How many failing rows a row rule lets pass; equality passes."""

    rows: int | None = None
    percent: Decimal | None = None

    def holds(self, failing: int, checked: int) -> bool:
        """§1.2: failing ≤ n, or 100·failing ≤ p·checked."""
        if self.percent is not None:
            return 100 * failing <= self.percent * checked
        return failing <= (self.rows or 0)

    def as_dict(self) -> dict[str, Any]:
        """As the report shows it."""
        if self.percent is not None:
            return {"tolerance": {"percent": float(self.percent)}}
        return {"tolerance": {"rows": self.rows or 0}}


@dataclass(frozen=True)
class Rule:
    """One rule, ready to be bound to a table. `parameters` are parsed, `where` is a parsed predicate."""

    id: str
    kind: str
    columns: tuple[str, ...]
    level: Level
    severity: Severity
    dimension: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    where: Any = None
    where_tree: Any = None
    tolerance: Tolerance | None = None
    threshold: Threshold | None = None
    library: bool = False
    reads: tuple[str, ...] = ()
    name: str | None = None
    sources: tuple[str, ...] = ()
    sentence_en: str = ""
    sentence_zh: str = ""
    written: Mapping[str, Any] = field(default_factory=dict)
    under: str | None = None
    """The property it stands under."""
    unsupported: bool = False
    """Stands under a nested property: judged `unsupported_type`."""


@dataclass(frozen=True)
class NotExecuted:
    """A quality entry that is kept and shown, but never run and never counted as passed."""

    id: str
    reason: str
    severity: str | None = None
    description: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report's entry."""
        return {
            "id": self.id,
            "reason": self.reason,
            "severity": self.severity,
            "description": self.description,
        }


@dataclass(frozen=True)
class StandardWarning:
    """A lint or import warning; `where` is a JSON pointer, a column or a rule id."""

    code: str
    message_en: str
    message_zh: str
    where: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The report's entry."""
        entry = {"code": self.code, "message_en": self.message_en, "message_zh": self.message_zh}
        return entry if self.where is None else {**entry, "where": self.where}


@dataclass(frozen=True)
class CsvForm:
    """`gavelCsv` of an object."""

    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass(frozen=True)
class ObjectForm:
    """Columns and settings of one schema object: how its data is read and typed."""

    name: str
    columns: Mapping[str, Column]
    csv: CsvForm = field(default_factory=CsvForm)
    timezone: str = "Etc/UTC"
    strict: bool = False
    key: tuple[str, ...] = ()

    @property
    def physical_names(self) -> tuple[str, ...]:
        """Header names of the declared columns."""
        return tuple(column.physical_name for column in self.columns.values())
