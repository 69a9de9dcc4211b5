"""The cast grammar of standard-rules §2.4: cells as stored → typed values, as polars expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

import polars as pl

from governance.validation import temporal
from governance.validation.errors import EngineError, invalid

TYPE_NAMES = ("string", "integer", "number", "boolean", "date", "timestamp", "time", "object", "array")

INTEGERS: dict[str, type[pl.DataType]] = {
    "i8": pl.Int8,
    "i16": pl.Int16,
    "i32": pl.Int32,
    "i64": pl.Int64,
    "i128": pl.Int128,
    "u8": pl.UInt8,
    "u16": pl.UInt16,
    "u32": pl.UInt32,
    "u64": pl.UInt64,
    "u128": pl.UInt128,
}
FLOAT_LIMITS = {"f16": 65520.0, "f32": 3.4028235677973366e38, "f64": float("inf")}
"""Smallest magnitude that rounds to infinity in the format."""

_INTEGER = "[+-]?[0-9]+"
_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_INFINITE = "[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?"
_NAN = "[nN][aA][nN]"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

Value = bool | int | float | str | date | datetime | time
"""What a cell or a value of a standard becomes; timestamps are aware, in UTC."""


@dataclass(frozen=True)
class LogicalType:
    """A type of the standard. `name` None = no logicalType: cells as they are.

    `format` is an integer or float width, or a JDK format; `timezone` True demands zone text; zone-less
    timestamps are in `default_timezone`.
    """

    name: str | None = None
    format: str | None = None
    timezone: bool | None = None
    default_timezone: str | None = None

    @property
    def zone(self) -> str:
        """IANA zone of zone-less timestamps."""
        return self.default_timezone or "Etc/UTC"

    def check(self) -> None:
        """Raise `parameter_invalid` for an unknown type, width, format or zone."""
        temporal.check_timezone(self.zone)
        if self.name in _TEMPORAL:
            _TEMPORAL[self.name](self.format)
        widths: dict[str | None, Collection[str]] = {"integer": INTEGERS, "number": FLOAT_LIMITS}
        known = widths.get(self.name)
        if (self.name is not None and self.name not in TYPE_NAMES) or (
            known is not None and self.format is not None and self.format not in known
        ):
            raise invalid("A type is unknown.", "类型无法识别。", {"type": self.name, "format": self.format})


@dataclass(frozen=True)
class CastPlan:
    """`value` is null where missing or uncastable; `uncastable` and `missing` are never null."""

    value: pl.Expr
    uncastable: pl.Expr
    missing: pl.Expr


_TEMPORAL: dict[str | None, Callable[[str | None], temporal.DateFormat]] = {
    "date": temporal.date_format,
    "timestamp": temporal.timestamp_format,
    "time": temporal.time_format,
}


def value_type(logical: LogicalType, physical: pl.DataType) -> pl.DataType:
    """The type of `CastPlan.value`."""
    if logical.name == "integer":
        width = INTEGERS[logical.format or "i64"]
        return width() if width in (pl.UInt64, pl.Int128, pl.UInt128) else pl.Int64()
    simple: dict[str | None, pl.DataType] = {
        "string": pl.String(),
        "number": pl.Float64(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
        "timestamp": pl.Datetime("us", "UTC"),
        "time": pl.Time(),
    }
    return simple.get(logical.name, physical)


def logical_of(physical: pl.DataType) -> LogicalType:
    """The logical type that holds a stored type as it is; text for everything else."""
    if physical.is_integer():
        names = {width: name for name, width in INTEGERS.items()}
        return LogicalType("integer", names.get(type(physical), "i64"))
    simple: dict[type[pl.DataType], str] = {
        pl.Boolean: "boolean",
        pl.Date: "date",
        pl.Datetime: "timestamp",
        pl.Time: "time",
        pl.Struct: "object",
        pl.List: "array",
        pl.Array: "array",
    }
    if physical.is_float() or physical.is_decimal():
        return LogicalType("number")
    return LogicalType(simple.get(type(physical), "string"))


def cast_expr(column: str, physical: pl.DataType, logical: LogicalType) -> CastPlan:
    """How cells of a stored type become the logical type; raises `parameter_invalid` for a bad format."""
    logical.check()
    cell = pl.col(column)
    missing = missing_expr(cell, physical, logical)
    if physical.is_float():
        cell = cell.fill_nan(None)
    if logical.name is None:
        return CastPlan(cell, pl.lit(False), missing)
    if isinstance(physical, pl.Null):
        return CastPlan(cell.cast(value_type(logical, physical)), pl.lit(False), missing)
    if logical.name == "string":
        text = canonical_text_expr(cell, physical)
        whole = isinstance(physical, pl.String)
        return CastPlan(text, pl.lit(False) if whole else ~missing & text.is_null(), missing)
    if logical.name in ("object", "array"):
        nested = (pl.Struct,) if logical.name == "object" else (pl.List, pl.Array)
        return CastPlan(cell, pl.lit(False) if isinstance(physical, nested) else ~missing, missing)
    value = (_from_text if isinstance(physical, pl.String) else _from_typed)(cell, physical, logical)
    always = _always_casts(physical, logical)
    return CastPlan(value.alias(column), pl.lit(False) if always else ~missing & value.is_null(), missing)


def _always_casts(physical: pl.DataType, logical: LogicalType) -> bool:
    """Whether every value of a stored type is one of the logical type, so that no cell need be looked at."""
    if logical.name == "integer" and physical.is_integer():
        low, high = integer_range(logical.format or "i64")
        names = {width: name for name, width in INTEGERS.items()}
        least, most = integer_range(names[type(physical)])
        return low <= least and most <= high
    if logical.name == "number":
        return isinstance(physical, pl.Float64 | pl.Float32) and logical.format in (None, "f64")
    if logical.name == "timestamp":
        # Milliseconds may overflow on the way to microseconds; nanoseconds and microseconds do not.
        exact = isinstance(physical, pl.Datetime) and physical.time_unit != "ms"
        zone = isinstance(physical, pl.Datetime) and physical.time_zone
        return exact and (bool(zone) or logical.zone in temporal.UTC_NAMES)
    simple: dict[str | None, type[pl.DataType]] = {"boolean": pl.Boolean, "date": pl.Date, "time": pl.Time}
    kind = simple.get(logical.name)
    return kind is not None and isinstance(physical, kind)


def integer_range(width: str) -> tuple[int, int]:
    """Smallest and largest value of an integer format."""
    bits, signed = int(width[1:]), width[0] == "i"
    return (-(1 << (bits - 1)) if signed else 0), (1 << (bits - signed)) - 1


def missing_expr(cell: pl.Expr, physical: pl.DataType, logical: LogicalType) -> pl.Expr:
    """Null or NaN (standard-rules §2.3); empty text where the type is not text; `nan` text for numbers."""
    if physical.is_float():
        return cell.is_null() | cell.is_nan().fill_null(False)
    if not isinstance(physical, pl.String) or logical.name in (None, "string"):
        return cell.is_null()
    absent = cell.is_null() | (cell == "").fill_null(True)
    return absent | cell.str.contains(f"^{_NAN}$").fill_null(True) if logical.name == "number" else absent


def _from_text(cell: pl.Expr, physical: pl.DataType, logical: LogicalType) -> pl.Expr:
    if logical.name == "integer":
        return _text_to_integer(cell, logical)
    if logical.name == "number":
        return _text_to_number(cell, logical)
    if logical.name == "boolean":
        lowered = cell.str.to_lowercase()
        keys, values = list(_BOOLEANS), list(_BOOLEANS.values())
        return lowered.replace_strict(keys, values, default=None, return_dtype=pl.Boolean)
    form = _TEMPORAL[logical.name](logical.format)
    if logical.name == "date" and form is temporal.ISO_DATE:
        day = cell.str.to_date("%Y-%m-%d", strict=False)
        return pl.when(temporal.fits_expr(cell, form) & (day.dt.year() > 0)).then(day)
    local = temporal.local_expr(cell, form)
    if logical.name == "date":
        return local.dt.date()
    if logical.name == "time":
        return local.dt.time()
    zone = temporal.zone_expr(cell, form)
    value = temporal.instant_expr(local, zone, logical.zone)
    return pl.when(zone.is_not_null()).then(value) if logical.timezone else value


def _text_to_integer(cell: pl.Expr, logical: LogicalType) -> pl.Expr:
    width = INTEGERS[logical.format or "i64"]
    # Leading zeros and the sign of zero are no part of the value, but some parsers stumble over them.
    digits = cell.str.replace("^[+]", "").str.replace("^(-?)0+([0-9])", "${1}${2}").str.replace("^-0$", "0")
    value = pl.when(cell.str.contains(f"^{_INTEGER}$")).then(digits.cast(width, strict=False))
    return value.cast(value_type(logical, pl.String()))


def _text_to_number(cell: pl.Expr, logical: LogicalType) -> pl.Expr:
    value = cell.cast(pl.Float64, strict=False)
    finite = cell.str.contains(f"^{_NUMBER}$") & (value.abs() < FLOAT_LIMITS[logical.format or "f64"])
    return pl.when(finite | cell.str.contains(f"^{_INFINITE}$")).then(_zero(value))


def _zero(value: pl.Expr) -> pl.Expr:
    """-0.0 is 0.0 everywhere, keys too; polars folds `x + 0.0` away, so it is said outright."""
    return pl.when((value != 0.0) | value.is_null()).then(value).otherwise(pl.lit(0.0))


def _from_typed(cell: pl.Expr, physical: pl.DataType, logical: LogicalType) -> pl.Expr:
    """Stored types: cast only without loss."""
    target = value_type(logical, physical)
    nothing = pl.lit(None, dtype=target)
    if logical.name == "integer":
        return _typed_to_integer(cell, physical, logical) if physical.is_numeric() else nothing
    if logical.name == "number":
        return _typed_to_number(cell, physical, logical) if physical.is_numeric() else nothing
    if logical.name == "boolean":
        if isinstance(physical, pl.Boolean):
            return cell
        return pl.when(cell.is_in([0, 1])).then(cell == 1) if physical.is_integer() else nothing
    if logical.name == "time":
        return cell if isinstance(physical, pl.Time) else nothing
    return _typed_to_calendar(cell, physical, logical) if physical.is_temporal() else nothing


def _typed_to_integer(cell: pl.Expr, physical: pl.DataType, logical: LogicalType) -> pl.Expr:
    width = INTEGERS[logical.format or "i64"]
    whole = cell.cast(width, strict=False)
    if not physical.is_integer():
        whole = pl.when(whole.cast(physical, strict=False) == cell).then(whole)
    return whole.cast(value_type(logical, physical))


def _typed_to_number(cell: pl.Expr, physical: pl.DataType, logical: LogicalType) -> pl.Expr:
    value = cell.cast(pl.Float64)
    if physical.is_integer():
        # Beyond 2^53 not every integer is a double.
        value = pl.when(value.cast(pl.Int128, strict=False) == cell.cast(pl.Int128, strict=False)).then(value)
    if _always_casts(physical, logical):
        return _zero(value)
    limit = FLOAT_LIMITS[logical.format or "f64"]
    return pl.when(value.is_infinite() | (value.abs() < limit)).then(_zero(value))


def _typed_to_calendar(cell: pl.Expr, physical: pl.DataType, logical: LogicalType) -> pl.Expr:
    if isinstance(physical, pl.Date):
        if logical.name == "date":
            return cell
        return temporal.in_zone_expr(cell.cast(pl.Datetime("us")), logical.zone)
    if not isinstance(physical, pl.Datetime):
        return pl.lit(None, dtype=value_type(logical, physical))
    micro = cell.dt.cast_time_unit("us")
    if logical.name == "timestamp":
        if physical.time_zone is None:
            return temporal.in_zone_expr(micro, logical.zone)
        return micro.dt.convert_time_zone("UTC")
    local = micro if physical.time_zone is None else micro.dt.convert_time_zone(logical.zone)
    wall = local.dt.replace_time_zone(None)
    return pl.when(wall == wall.dt.truncate("1d")).then(wall.dt.date())


def canonical_text_expr(value: pl.Expr, physical: pl.DataType) -> pl.Expr:
    """Canonical text of a value (standard-rules §2.4): digits, true/false, ISO, a float as Python `repr`."""
    if isinstance(physical, pl.String):
        return value
    if physical.is_float():
        return _float_text(value)
    if isinstance(physical, pl.Date):
        return value.dt.to_string("%Y-%m-%d")
    if isinstance(physical, pl.Datetime):
        if physical.time_zone is None:
            return value.dt.to_string("%Y-%m-%dT%H:%M:%S%.f")
        return value.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ")
    if isinstance(physical, pl.Time):
        return value.dt.to_string("%H:%M:%S%.f")
    if isinstance(physical, pl.Duration):
        return value.dt.to_string("iso")
    if isinstance(physical, pl.Binary | pl.List | pl.Array | pl.Struct | pl.Object):
        return pl.lit(None, dtype=pl.String)
    return value.cast(pl.String, strict=False)


def _float_text(value: pl.Expr) -> pl.Expr:
    """Python's repr; polars writes the same digits but another form outside 1e-4 … 1e16."""
    number = _zero(value.cast(pl.Float64))
    size = number.abs()
    usual = (size == 0.0) | ((size >= 1e-4) & (size < 1e16))
    odd = pl.when(~usual).then(number).map_elements(repr, return_dtype=pl.String, skip_nulls=True)
    return pl.when(usual).then(number.cast(pl.String)).otherwise(odd)


def cast_value(value: object, logical: LogicalType, *, bound: bool = False) -> Value | Decimal:
    """A value written in a standard as a value of the column (standard-rules §1.2).

    Text columns take the source text. With `bound` an integer column takes any finite number, as Decimal
    where it is not whole. Raises `parameter_invalid`.
    """
    if value is None or isinstance(value, dict | list | tuple):
        raise _bad_value(logical)
    text = _written(value)
    reader = _READERS.get(logical.name)
    found = text if reader is None else reader(text, logical)
    if found is None and bound and logical.name == "integer":
        return _any_number(text, logical)
    if found is None:
        raise _bad_value(logical)
    return found


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)  # numbers of a document show their source text


def _any_number(text: str, logical: LogicalType) -> int | Decimal:
    try:
        number = Decimal(text) if re.fullmatch(_NUMBER, text) else None
    except InvalidOperation:
        number = None
    if number is None or number.adjusted() > 400:
        raise _bad_value(logical)
    return int(number) if number == number.to_integral_value() else number


def _read_integer(text: str, logical: LogicalType) -> int | None:
    if re.fullmatch(_INTEGER, text) is None or len(text) > 1000:
        return None
    number = int(text)
    low, high = integer_range(logical.format or "i64")
    return number if low <= number <= high else None


def _read_number(text: str, logical: LogicalType) -> float | None:
    if re.fullmatch(_INFINITE, text):
        return float(text)
    if re.fullmatch(_NUMBER, text) is None:
        return None
    number = float(text) + 0.0
    return number if abs(number) < FLOAT_LIMITS[logical.format or "f64"] else None


def _read_boolean(text: str, logical: LogicalType) -> bool | None:
    return _BOOLEANS.get(text.lower())


def _read_temporal(text: str, logical: LogicalType) -> date | datetime | time | None:
    """By the column's format, else by the ISO default; a bare date on a timestamp is its midnight."""
    forms = [_TEMPORAL[logical.name](logical.format), _TEMPORAL[logical.name](None)]
    if logical.name == "timestamp":
        forms.append(temporal.ISO_DATE)
    for form in forms:
        parsed = temporal.parse_local(text, form)
        if parsed is None:
            continue
        local, zone = parsed
        if logical.name == "date":
            return local.date()
        if logical.name == "time":
            return local.time()
        return temporal.instant(local, zone, logical.zone)
    return None


_READERS: dict[str | None, Callable[[str, LogicalType], Value | None]] = {
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_boolean,
    "date": _read_temporal,
    "timestamp": _read_temporal,
    "time": _read_temporal,
}


def _bad_value(logical: LogicalType) -> EngineError:
    return invalid(
        f"A value in the standard is no {logical.name or 'string'}.",
        f"标准中的取值不是 {logical.name or 'string'} 类型。",
        {"type": logical.name or "string"},
    )
