"""Steps on values: cast, clip, convert_unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

import polars as pl

from catalog.processing.steps.base import (
    Draft,
    Fields,
    Surroundings,
    Work,
    bad_recipe,
    nothing,
    rewritten,
    select_rows,
    selection,
)
from catalog.processing.steps.dates import ON_ERROR
from governance.validation.casts import CastPlan, LogicalType, Value, cast_expr, cast_value
from governance.validation.comparing import compare_literal
from governance.validation.errors import EngineError

_TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "time")
_PRECISION = 400
_TEXT = "_gavel_text_"


@dataclass(frozen=True)
class Cast:
    """Texts are stripped of `strip`, then read by the grammar of standard-rules §2.4.

    The column becomes typed. Where cells may stay as they are (`where`, `on_error: keep`) it stays text. A
    cell counts as changed when its text was stripped or it became null, not for its new type alone.
    """

    id: str
    kind: str
    columns: tuple[str, ...]
    logical: LogicalType
    strip: tuple[str, ...]
    on_error: str
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> Cast:
        form = fields.text("format") if fields.has("format") else None
        zone = fields.text("timezone") if fields.has("timezone") else None
        logical = LogicalType(fields.word("type", _TYPES), form, default_timezone=zone)
        fields.guard("format", logical.check)
        return cls(
            fields.step,
            fields.kind,
            fields.names(),
            logical,
            fields.texts("strip", ()),
            fields.word("on_error", ON_ERROR, "quarantine"),
            fields.where(),
        )

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        work, selected = select_rows(work, self.where, around)
        loose = selected is not None or self.on_error == "keep"
        stripped = work.frame.with_columns(
            self._stripped(work, name).alias(_TEXT + name) for name in self.columns
        )
        plans = {name: self._plan(work, name) for name in self.columns}
        changes, changed, reason = {}, {}, nothing()
        for name, plan in plans.items():
            failed = plan.uncastable
            changes[name] = self._new(work, name, plan) if loose else plan.value
            lost = plan.missing | failed if self.on_error == "null" else plan.missing
            text = pl.col(_TEXT + name) if work.is_text(name) else work.text(name)
            changed[name] = pl.col(name).is_not_null() & (lost | work.text(name).ne_missing(text))
            if self.on_error == "keep":
                changed[name] &= ~failed
            if self.on_error == "quarantine":
                reason = pl.coalesce(reason, pl.when(failed).then(pl.lit(f"uncastable:{name}")))
        if loose:
            stripped = stripped.with_columns(work.text(name).alias(name) for name in self.columns)
        base = Work(stripped, work.schema, work.types, work.origins, work.rows)
        types = dict.fromkeys(self.columns, self.logical)
        draft = rewritten(base, changes, selected=selected, reason=reason, changed=changed, types=types)
        return Draft(draft.frame.drop(_TEXT + name for name in self.columns), draft.types, draft.origins)

    def _stripped(self, work: Work, name: str) -> pl.Expr:
        if not work.is_text(name):
            return pl.col(name)
        text = pl.col(name)
        for part in self.strip:
            text = text.str.replace_all(part, "", literal=True)
        return text if self.logical.name != "string" else pl.when(text != "").then(text)

    def _plan(self, work: Work, name: str) -> CastPlan:
        return cast_expr(_TEXT + name, work.schema[name], self.logical)

    def _new(self, work: Work, name: str, plan: CastPlan) -> pl.Expr:
        """The stripped text where it casts; as it was where it does not and may stay."""
        text = pl.col(_TEXT + name) if work.is_text(name) else work.text(name)
        new = pl.when(~plan.uncastable & ~plan.missing).then(text)
        return (
            pl.when(plan.uncastable).then(work.text(name)).otherwise(new) if self.on_error == "keep" else new
        )


@dataclass(frozen=True)
class Clip:
    """Numbers and dates beyond a bound take the bound; cells that are neither stay."""

    id: str
    kind: str
    columns: tuple[str, ...]
    low: object
    high: object
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> Clip:
        low, high = fields.raw("min"), fields.raw("max")
        if low is None and high is None:
            raise fields.bad("min")
        for name, bound in (("min", low), ("max", high)):
            if bound is not None and (isinstance(bound, bool) or not isinstance(bound, str | int | float)):
                raise fields.bad(name)
        return cls(fields.step, fields.kind, fields.names(), low, high, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        changes = {}
        for name in self.columns:
            logical = self._logical(work, name)
            value = cast_expr(name, work.schema[name], logical).value
            new = pl.col(name)
            for bound, op in ((self.low, "lt"), (self.high, "gt")):
                if bound is None:
                    continue
                literal = self._literal(bound, logical)
                beyond = compare_literal(value, op, literal, logical).fill_null(False)
                written = (
                    pl.lit(str(bound)) if work.is_text(name) else pl.lit(literal).cast(work.schema[name])
                )
                new = pl.when(beyond).then(written).otherwise(new)
            changes[name] = new
        return rewritten(work, changes, selected=selection(work, self.where, around))

    def _logical(self, work: Work, name: str) -> LogicalType:
        """The column's type; for untyped text the type of the bound: number, else date or timestamp."""
        logical = work.types[name]
        if logical.name in ("integer", "number", "date", "timestamp", "time"):
            return logical
        if not all(isinstance(bound, str) for bound in (self.low, self.high) if bound is not None):
            return LogicalType("number")
        written = str(self.low if self.low is not None else self.high)
        return LogicalType("date") if len(written) == len("yyyy-MM-dd") else LogicalType("timestamp")

    def _literal(self, bound: object, logical: LogicalType) -> Value | Decimal:
        try:
            return cast_value(bound, logical)
        except EngineError as error:
            raise bad_recipe(
                f"Step {self.id}: a bound is no {logical.name}.",
                f"步骤 {self.id}：界限不是 {logical.name} 类型。",
                step=self.id,
            ) from error


@dataclass(frozen=True)
class ConvertUnit:
    """v·factor + offset in decimal arithmetic, half-even at `decimals`; cells that are no numbers stay."""

    id: str
    kind: str
    columns: tuple[str, ...]
    factor: Decimal
    offset: Decimal
    decimals: int | None
    where: object = None

    @classmethod
    def read(cls, fields: Fields) -> ConvertUnit:
        decimals = fields.whole("decimals", 0, 30) if fields.has("decimals") else None
        factor = _decimal(fields, "factor")
        offset = _decimal(fields, "offset") if fields.has("offset") else Decimal(0)
        return cls(fields.step, fields.kind, fields.names(), factor, offset, decimals, fields.where())

    def apply(self, work: Work, around: Surroundings) -> Draft:
        work.need(self.columns)
        changes, types = {}, {}
        for name in self.columns:
            text = work.text(name)
            is_number = text.str.contains(r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$")
            number = pl.when(is_number).then(text)
            new = number.map_batches(self._converted, return_dtype=pl.String)
            if work.is_text(name):
                changes[name] = pl.coalesce(new, pl.col(name))
            else:
                changes[name] = pl.coalesce(new.cast(pl.Float64), pl.col(name).cast(pl.Float64))
                types[name] = LogicalType("number")
            if work.types[name].name == "integer":
                types[name] = LogicalType("number")
        return rewritten(work, changes, selected=selection(work, self.where, around), types=types)

    def _converted(self, texts: pl.Series) -> pl.Series:
        with localcontext(Context(prec=_PRECISION, rounding=ROUND_HALF_EVEN)):
            return pl.Series(
                texts.name, [None if text is None else self._one(text) for text in texts], dtype=pl.String
            )

    def _one(self, text: str) -> str:
        value = Decimal(text) * self.factor + self.offset
        if self.decimals is not None and value.adjusted() + self.decimals < _PRECISION - 1:
            value = value.quantize(Decimal(1).scaleb(-self.decimals))
        return format(value, "f")


def _decimal(fields: Fields, name: str) -> Decimal:
    value = fields.raw(name)
    text = str(value)
    logical = LogicalType("number")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise fields.bad(name)
    fields.guard(name, lambda: cast_value(value, logical))
    number = Decimal(text)
    if not number.is_finite():
        raise fields.bad(name)
    return number
