"""Parsers for the parameters of Gavel rules (standard-rules §1.2). Each raises `parameter_invalid`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from governance.validation.casts import cast_value
from governance.validation.errors import EngineError, invalid, refuse
from governance.validation.expressions import parse_expression
from governance.validation.model import Column, NotBound, Threshold
from governance.validation.predicates import parse_predicate
from governance.validation.scalars import exact_decimal, source_text
from governance.validation.text import parse_normalise

REQUIRED: Final = object()

OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)


@dataclass(frozen=True)
class Place:
    """Where a parameter stands: the object's columns, the column judged, and the rule's kind."""

    kind: str
    columns: Mapping[str, Column]
    column: Column | None = None
    parameter: str | None = None
    timezone: str = "Etc/UTC"


Parse = Callable[[Any, Place], Any]


@dataclass(frozen=True)
class Parameter:
    """How one parameter is read. `default` is the parsed value; REQUIRED where it must be given."""

    parse: Parse
    default: Any = None


def bad(place: Place, name: str, en: str, zh: str) -> EngineError:
    """`parameter_invalid` naming the kind and the parameter, never its value."""
    shown = place.parameter or name
    detail = {"kind": place.kind, "parameter": shown}
    return invalid(f"{place.kind}: {shown} {en}.", f"{place.kind}：{shown} {zh}。", detail)


def read_parameters(given: Mapping[str, Any], known: Mapping[str, Parameter], place: Place) -> dict[str, Any]:
    """Parsed values of all known parameters; unknown and missing ones are `parameter_invalid`."""
    for name in given:
        if name not in known:
            raise bad(place, name, "is not a parameter of this kind", "不是该类规则的参数")
    parsed: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in given:
            parsed[name] = parameter.parse(given[name], replace(place, parameter=name))
        elif parameter.default is REQUIRED:
            raise bad(place, name, "is missing", "缺失")
        else:
            parsed[name] = parameter.default
    return parsed


def boolean(value: Any, place: Place) -> bool:
    """true or false."""
    if not isinstance(value, bool):
        raise bad(place, "value", "must be true or false", "必须是 true 或 false")
    return value


def number(value: Any, place: Place) -> Decimal:
    """A finite number, exactly as written."""
    exact = exact_decimal(value)
    if exact is None:
        raise bad(place, "value", "must be a finite number", "必须是有限数值")
    return exact


def not_negative(value: Any, place: Place) -> Decimal:
    """A finite number ≥ 0."""
    exact = number(value, place)
    if exact < 0:
        raise bad(place, "value", "must not be negative", "不能为负数")
    return exact


def percent(value: Any, place: Place) -> Decimal:
    """A number from 0 to 100."""
    exact = not_negative(value, place)
    if exact > 100:
        raise bad(place, "percent", "must be at most 100", "不能大于 100")
    return exact


def share(value: Any, place: Place) -> Decimal:
    """A number from 0 to 1."""
    exact = not_negative(value, place)
    if exact > 1:
        raise bad(place, "value", "must lie between 0 and 1", "必须在 0 与 1 之间")
    return exact


def whole(minimum: int) -> Parse:
    """An integer not below `minimum`."""

    def parse(value: Any, place: Place) -> int:
        exact = number(value, place)
        if exact != exact.to_integral_value() or exact < minimum:
            raise bad(
                place, "value", f"must be a whole number from {minimum} up", f"必须是不小于 {minimum} 的整数"
            )
        return int(exact)

    return parse


def text(value: Any, place: Place) -> str:
    """Non-empty text."""
    if not isinstance(value, str) or not value:
        raise bad(place, "value", "must be text", "必须是文本")
    return value


def one_of(*words: str) -> Parse:
    """One of a closed list of words."""

    def parse(value: Any, place: Place) -> str:
        if not isinstance(value, str) or value not in words:
            raise bad(place, "value", f"must be one of {', '.join(words)}", f"必须是 {'、'.join(words)} 之一")
        return value

    return parse


def list_of(parse_item: Parse, *, filled: bool = True) -> Parse:
    """A list whose items all parse; one item may stand without the list."""

    def parse(value: Any, place: Place) -> tuple[Any, ...]:
        items = value if isinstance(value, list) else [value]
        if filled and not items:
            raise bad(place, "list", "must not be empty", "不能为空")
        return tuple(parse_item(item, place) for item in items)

    return parse


def column_name(value: Any, place: Place) -> str:
    """A property of the object; raises `unknown_column`."""
    if not isinstance(value, str):
        raise bad(place, "column", "must be a column name", "必须是列名")
    if value not in place.columns:
        raise refuse("unknown_column", {"column": value})
    return value


column_names = list_of(column_name)


def distinct_columns(value: Any, place: Place) -> tuple[str, ...]:
    """A list of different columns."""
    names: tuple[str, ...] = column_names(value, place)
    if len(set(names)) != len(names):
        raise bad(place, "columns", "names a column twice", "重复列出同一列")
    return names


def normalise(value: Any, place: Place) -> tuple[str, ...]:
    """Normalisation steps in the order given."""
    return parse_normalise(value)


def typed(value: Any, column: Column) -> Any:
    """A value of the standard cast like a cell of the column; a text column takes the source text."""
    if value is None:
        return None
    if isinstance(value, dict | list):
        raise invalid("A value must be a scalar.", "取值必须是标量。", {"column": column.name})
    return source_text(value) if column.is_text else cast_value(value, column.logical)


def values(value: Any, place: Place) -> tuple[Any, ...]:
    """A list of values of the judged column; null entries are left out."""
    if not isinstance(value, list):
        raise bad(place, "values", "must be a list", "必须是列表")
    if place.column is None:
        raise NotBound
    column = place.column
    if column.is_nested:
        return ()
    return tuple(typed(item, column) for item in value if item is not None)


def raw_values(value: Any, place: Place) -> tuple[Any, ...]:
    """A list of scalars kept as written: None, or the source text."""
    if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
        raise bad(place, "values", "must be a list of scalars", "必须是标量列表")
    return tuple(None if item is None else source_text(item) for item in value)


def predicate(value: Any, place: Place) -> Any:
    """A predicate over the object's columns."""
    return parse_predicate(value, logical_types(place), timezone=place.timezone)


def expression(value: Any, place: Place) -> Any:
    """An arithmetic expression over the object's columns (kind compare)."""
    return parse_expression(value, logical_types(place))


def logical_types(place: Place) -> dict[str, Any]:
    """Column name → logical type, as predicates want it."""
    return {name: column.logical for name, column in place.columns.items()}


def threshold_of(entry: Mapping[str, Any], kind: str) -> Threshold | None:
    """The one operator of an entry, or None; raises `parameter_invalid`."""
    found = [name for name in OPERATORS if name in entry]
    if not found:
        return None
    place = Place(kind, {})
    if len(found) > 1:
        raise bad(place, found[1], "stands beside another operator", "与另一个运算符并列")
    written = entry[found[0]]
    between = found[0].endswith("Between")
    operands = written if between else [written]
    if not isinstance(operands, list) or len(operands) != (2 if between else 1):
        raise bad(place, found[0], "needs two numbers", "需要两个数值")
    unit = entry.get("unit", "rows")
    return Threshold(found[0], tuple(number(item, place) for item in operands), str(unit), written)
