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
class Shape:
    """What a person fills in for a parameter.

    form: `text`, `long_text`, `number`, `boolean`, `choice`, `choices`, `column`, `columns`, `values` (one a
    line), `texts` (one a line), `condition` (a predicate) or `yaml` (a value as the document writes it).
    """

    form: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parameter:
    """How one parameter is read. `default` is the parsed value; REQUIRED where it must be given.

    `shape` and `help` (English, Chinese) are for forms; by default they follow from `parse` and the name.
    """

    parse: Parse
    default: Any = None
    shape: Shape | None = None
    help: tuple[str, str] | None = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED


def shape_of(parameter: Parameter) -> Shape:
    """Its own shape, else that of its parser; a parser without one takes a value as written."""
    if parameter.shape is not None:
        return parameter.shape
    if isinstance(parameter.parse, OneOf | ListOf | Whole):
        return parameter.parse.shape
    return _SHAPES.get(parameter.parse, Shape("yaml"))


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


@dataclass(frozen=True)
class Whole:
    """Parser of an integer not below `minimum`."""

    minimum: int

    def __call__(self, value: Any, place: Place) -> int:
        """Raises `parameter_invalid`."""
        exact, least = number(value, place), self.minimum
        if exact != exact.to_integral_value() or exact < least:
            raise bad(
                place, "value", f"must be a whole number from {least} up", f"必须是不小于 {least} 的整数"
            )
        return int(exact)

    @property
    def shape(self) -> Shape:
        """A number."""
        return Shape("number")


def whole(minimum: int, maximum: int | None = None) -> Parse:
    """An integer not below `minimum`, nor above `maximum` where its size is work to do."""
    return Whole(minimum)


def text(value: Any, place: Place) -> str:
    """Non-empty text."""
    if not isinstance(value, str) or not value:
        raise bad(place, "value", "must be text", "必须是文本")
    return value


@dataclass(frozen=True)
class OneOf:
    """Parser of one of a closed list of words."""

    words: tuple[str, ...]

    def __call__(self, value: Any, place: Place) -> str:
        """Raises `parameter_invalid`."""
        if not isinstance(value, str) or value not in self.words:
            en, zh = ", ".join(self.words), "、".join(self.words)
            raise bad(place, "value", f"must be one of {en}", f"必须是 {zh} 之一")
        return value

    @property
    def shape(self) -> Shape:
        """One choice."""
        return Shape("choice", self.words)


@dataclass(frozen=True)
class ListOf:
    """Parser of a list whose items all parse."""

    item: Parse
    filled: bool = True

    def __call__(self, value: Any, place: Place) -> tuple[Any, ...]:
        """Raises `parameter_invalid`."""
        items = value if isinstance(value, list) else [value]
        if self.filled and not items:
            raise bad(place, "list", "must not be empty", "不能为空")
        return tuple(self.item(item, place) for item in items)

    @property
    def shape(self) -> Shape:
        """Several choices, or one text a line."""
        return Shape("choices", self.item.words) if isinstance(self.item, OneOf) else Shape("texts")


def one_of(*words: str) -> Parse:
    """One of a closed list of words."""
    return OneOf(words)


def list_of(parse_item: Parse, *, filled: bool = True) -> Parse:
    """A list whose items all parse; one item may stand without the list."""
    return ListOf(parse_item, filled)


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


_SHAPES: Final[Mapping[Parse, Shape]] = {
    boolean: Shape("boolean"),
    number: Shape("number"),
    not_negative: Shape("number"),
    percent: Shape("number"),
    share: Shape("number"),
    text: Shape("text"),
    column_name: Shape("column"),
    column_names: Shape("columns"),
    distinct_columns: Shape("columns"),
    normalise: Shape("texts"),
    values: Shape("values"),
    raw_values: Shape("values"),
    predicate: Shape("condition"),
    expression: Shape("text"),
}


def logical_types(place: Place) -> dict[str, Any]:
    """Column name → logical type, as predicates want it."""
    return {name: column.logical for name, column in place.columns.items()}


def possible(place: Place, low: Any, high: Any, name: str = "max") -> None:
    """Raise `parameter_invalid` where no value can lie between two bounds; None is no bound."""
    if low is not None and high is not None and low > high:
        raise bad(place, name, "is below the lower bound: nothing lies between", "小于下限：其间没有任何取值")


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
    numbers = tuple(number(item, place) for item in operands)
    possible(place, numbers[0], numbers[-1], found[0])
    return Threshold(found[0], numbers, str(unit), written)


def help_of(name: str, parameter: Parameter) -> tuple[str, str]:
    """What a person is told about a parameter, in both languages: its own words, else those of its name."""
    return parameter.help or _HELP.get(name, ("", ""))


_HELP: Final[Mapping[str, tuple[str, str]]] = {
    "against": (
        "Name of the other data set; for drift, empty means the previous version.",
        "另一数据集的名称；用于漂移时留空表示上一版本。",
    ),
    "bands": (
        "Share from and to for each value: {new: [0.1, 0.3]}",
        "各取值的比例下限与上限：{new: [0.1, 0.3]}",
    ),
    "bins": ("Into how many bins numbers are put.", "数值分成的箱数。"),
    "blank": ("White space alone counts as missing.", "仅含空白的文本也算缺失。"),
    "dependent": ("Must be equal where the determinant is.", "决定列相同时须一致的列。"),
    "detect": ("Kinds of personal data looked for.", "要查找的个人信息种类。"),
    "determinant": ("Rows equal in these columns belong together.", "这些列相同的行视为一组。"),
    "direction": ("Whether values rise or fall.", "取值递增还是递减。"),
    "encoding": ("Every character must exist in it.", "每个字符都须属于该编码。"),
    "epsilon": ("Differences up to this are taken as equal.", "不超过该值的差异视为相等。"),
    "exclusive_max": ("Values stay below it.", "取值须小于该值。"),
    "exclusive_min": ("Values stay above it.", "取值须大于该值。"),
    "forbid": ("Classes of characters that may not occur.", "不得出现的字符类别。"),
    "format": ("What the text must be.", "文本须符合的格式。"),
    "formats": ("One a line, such as yyyy-MM-dd.", "每行一个，例如 yyyy-MM-dd。"),
    "grace_seconds": ("How far ahead of the clock is still accepted.", "允许超前当前时间的秒数。"),
    "group_by": ("Order is judged within rows equal in these columns.", "在这些列相同的行内判定顺序。"),
    "if": (
        "Which rows: {column: status, op: eq, value: paid}",
        "适用的行：{column: status, op: eq, value: paid}",
    ),
    "key": ("Rows equal in these columns are the same example.", "这些列相同的行视为同一样本。"),
    "label": ("The column that must agree.", "须一致的标签列。"),
    "lang": ("zh: Han characters; en: Latin letters.", "zh：汉字；en：拉丁字母。"),
    "left": (
        "A column, or an expression such as price * quantity.",
        "一列，或如 price * quantity 的表达式。",
    ),
    "match": (
        "simple: a key with a missing part is not checked; full: it fails.",
        "simple：有缺失部分的键不检查；full：视为不符。",
    ),
    "max": ("The largest that passes.", "允许的最大值。"),
    "max_age": (
        "Such as {value: 2, unit: d}; units s, m, h, d.",
        "例如 {value: 2, unit: d}；单位 s、m、h、d。",
    ),
    "max_decrease_percent": ("How many percent fewer rows pass.", "允许减少的百分比。"),
    "max_increase_percent": ("How many percent more rows pass.", "允许增加的百分比。"),
    "min": ("The smallest that passes.", "允许的最小值。"),
    "min_percent": ("How many percent of the cells hold a value at least.", "非缺失单元格的最低百分比。"),
    "min_rows": ("How many rows each value has at least.", "每个取值的最少行数。"),
    "min_share": ("Smallest share of such letters, 0 to 1.", "此类文字所占的最低比例，0 至 1。"),
    "mode": ("What counts as a hit.", "判定方式。"),
    "negate": ("Text must not match.", "文本不得匹配。"),
    "ngram": ("Length of the pieces that are compared.", "用于比较的片段长度。"),
    "normalise": (
        "Steps before comparing, one a line: nfkc, casefold, trim, collapse_space.",
        "比较前的处理，每行一个：nfkc、casefold、trim、collapse_space。",
    ),
    "nulls": ("ignore: rows with a missing part are not checked.", "ignore：有缺失部分的行不检查。"),
    "of": ("The step.", "步长。"),
    "op": ("How left and right are compared.", "左右两侧的比较方式。"),
    "order_by": ("Order of the rows; empty is that of the file.", "行的顺序；留空即文件中的顺序。"),
    "others_max": ("Largest share of all other values together, 0 to 1.", "其余取值合计的最大比例，0 至 1。"),
    "parent_tolerance": (
        "How many parents may be without a child, such as {rows: 10}.",
        "允许多少父键没有子行，例如 {rows: 10}。",
    ),
    "pattern": (
        "Searched anywhere in the text; ^ and $ anchor it.",
        "在文本中任意位置查找；用 ^ 与 $ 限定首尾。",
    ),
    "q": ("Which quantile, 0 to 1.", "分位点，0 至 1。"),
    "query": (
        "One SELECT over ${table} that answers one number.",
        "对 ${table} 的一条 SELECT，返回一个数值。",
    ),
    "reference": ("Name of the reference data.", "参照数据的名称。"),
    "reference_column": ("Its column with the allowed values.", "参照数据中列出允许值的列。"),
    "reference_columns": (
        "Its key columns, one a line, in the same order.",
        "参照数据的键列，每行一个，顺序对应。",
    ),
    "report": ("minority: all but the most frequent value fail.", "minority：除最常见取值外均视为不符。"),
    "right": ("A column, a number or an expression.", "一列、一个数值或表达式。"),
    "stat": ("Which statistic.", "统计量。"),
    "strict": ("Equal neighbours fail too.", "相邻取值相等也视为不符。"),
    "then": ("What must hold there, written like the condition.", "这些行须满足的条件，写法相同。"),
    "threshold": ("How alike two texts are, 0 to 1.", "文本相似度，0 至 1。"),
    "valid_values": ("One a line.", "每行一个。"),
    "values": ("One a line; null is a missing cell.", "每行一个；null 表示缺失。"),
}
