"""Generated standards and tables for the conformance tests: every kind of rule, every type, nasty cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from governance.validation.engine import ValidationRequest
from governance.validation.standard import StandardDocument
from tests.engines.validation.cases import KEY, NOW, document, gavel

Cells = Sequence[str]
Draw = Callable[[st.SearchStrategy[Any]], Any]

CELLS: dict[str, Cells] = {
    "n": ("0", "1", "2", "3", "5", "01", "-1", "+7", "x", "", "1.0", " 1", "1d", "9223372036854775807"),
    "u": ("0", "1", "18446744073709551615", "9223372036854775808", "-1", "", "2 "),
    "x": ("0", "-0.0", "1.5", "2.50", "nan", "NaN", "inf", "-Infinity", "1e400", "1e-5", "", "q", "1d", "6"),
    "s": ("a", "b", "A", " a", "abcd", "", "１", "é", "a ", "a\n", "ß", "SS", "a@b.cc", "😀x", "13912345678"),
    "k": ("k1", "k2", "K2", "k3", "", "k 4", "k4"),
    "t": (
        *("2026-01-15T00:00:00Z", "2026-01-15T00:00:01Z", "2025-03-09T02:30:00", "2025-11-02 01:30", ""),
        *("bad", "2026-01-14T19:00:00-05:00", "0001-01-01T00:00:00Z", "2025-06-01T12:00:00.123456789Z"),
    ),
    "d": (
        "2026-01-14",
        "2026-01-15",
        "2026-01-16",
        "2024-02-29",
        "2023-02-29",
        "0001-01-01",
        "",
        "9999-12-31",
    ),
    "h": ("00:00", "12:30:05", "23:59:59.999999", "24:00", "", "7:00"),
    "b": ("true", "FALSE", "1", "0", "", "yes"),
}
_TYPES: dict[str, dict[str, Any]] = {
    "n": {"logicalType": "integer"},
    "u": {"logicalType": "integer", "logicalTypeOptions": {"format": "u64"}},
    "x": {"logicalType": "number"},
    "s": {"logicalType": "string"},
    "k": {"logicalType": "string"},
    "t": {"logicalType": "timestamp"},
    "d": {"logicalType": "date"},
    "h": {"logicalType": "time"},
    "b": {"logicalType": "boolean"},
}
_ZONE = {"customProperties": [{"property": "gavelTimezone", "value": "America/New_York"}]}
_BOUNDS: dict[str, Sequence[Any]] = {
    "n": (0, 1, 2.5, -1, 9223372036854775807, 1e30),
    "u": (0, 1, 18446744073709551615, 9223372036854775808),
    "x": (0, 1.5, -1, 6),
    "t": ("2026-01-15T00:00:00Z", "2025-03-09", "2025-11-02T01:30:00"),
    "d": ("2026-01-15", "2024-02-29"),
    "h": ("00:00", "12:30:05", "23:59:59.999999"),
}
_SPANS: dict[str, Sequence[tuple[Any, Any]]] = {
    "n": ((0, 2.5), (-1, 9223372036854775807), (1, 1e30)),
    "u": ((1, 9223372036854775808), (9223372036854775808, 18446744073709551615)),
    "x": ((-1, 1.5), (0, 6)),
    "t": (("2025-11-02T01:30:00", "2026-01-15T00:00:00Z"), ("2025-03-09", "2025-06-01")),
    "d": (("2024-02-29", "2026-01-15"),),
    "h": (("00:00", "12:30:05"), ("12:30:05", "23:59:59.999999")),
}
_NORMALISE = ([], ["casefold"], ["nfkc", "casefold", "trim"], ["trim", "collapse_space"])


@dataclass(frozen=True)
class Problem:
    """A standard with data, a reference and a previous version, as CSV text."""

    standard: StandardDocument
    data: str
    reference: str
    previous: str

    def __repr__(self) -> str:
        rules = self.standard.digest[7:15]
        return f"Problem({rules}, {self.data!r}, {self.reference!r}, {self.previous!r})"

    def request(self, folder: Path, **more: Any) -> ValidationRequest:
        """Written below the folder."""
        paths = {name: folder / f"{name}.csv" for name in ("data", "reference", "previous")}
        for name, path in paths.items():
            path.write_text(getattr(self, name), encoding="utf-8")
        return ValidationRequest(
            data=paths["data"],
            standard=self.standard,
            now=NOW,
            references={"other": paths["reference"]},
            previous=paths["previous"],
            platform_key=KEY,
            **more,
        )


@st.composite
def problems(draw: Draw, rules: int = 25, rows: int = 12) -> Problem:
    """Some `rules` rules with drawn parameters over up to `rows` rows."""
    own: dict[str, list[dict[str, Any]]] = {name: [] for name in CELLS}
    whole: list[dict[str, Any]] = []
    for place, make in enumerate(draw(st.lists(st.sampled_from(MAKERS), min_size=rules, max_size=rules))):
        column, kind, parameters = make(draw)
        extras: dict[str, Any] = {}
        if kind not in _TABLE_KINDS and draw(st.integers(0, 3)) == 0:
            extras["tolerance"] = draw(st.sampled_from([{"rows": 1}, {"percent": 40}]))
        if kind not in ("columns", "rows_present", "sql") and draw(st.integers(0, 2)) == 0:
            extras["where"] = draw(_predicates())
        (whole if column is None else own[column]).append(gavel(kind, f"r{place}", **parameters, **extras))
    properties = [
        {"name": name, **_TYPES[name], "quality": own[name]} if own[name] else {"name": name, **_TYPES[name]}
        for name in CELLS
    ]
    return Problem(
        document(properties, whole, object=_ZONE),
        draw(_tables(draw(st.sampled_from([0, 4, 8])), rows)),
        draw(_tables(2, 5)),
        draw(_tables(draw(st.sampled_from([0, 3])), 6)),
    )


def _tables(least: int, most: int) -> st.SearchStrategy[str]:
    row = st.tuples(*(st.sampled_from(cells) for cells in CELLS.values()))
    return st.lists(row, min_size=least, max_size=most).map(_csv)


def _csv(rows: list[tuple[str, ...]]) -> str:
    lines = [",".join(CELLS), *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    return "\n".join(lines) + "\n"


@st.composite
def _predicates(draw: Draw, depth: int = 0) -> Any:
    if depth < 2 and draw(st.integers(0, 3)) == 0:
        word = draw(st.sampled_from(["all", "any", "not"]))
        parts = [draw(_predicates(depth + 1)) for _ in range(2)]
        return {"not": parts[0]} if word == "not" else {word: parts}
    leaf = draw(st.integers(0, 4))
    if leaf == 0:
        op = draw(st.sampled_from(["is_missing", "not_missing"]))
        return {"column": draw(st.sampled_from(list(CELLS))), "op": op}
    if leaf == 1:
        pairs = [("n", "x"), ("n", "u"), ("d", "t"), ("s", "k")]
        left, right = draw(st.sampled_from(pairs))
        return {"column": left, "op": draw(st.sampled_from(["lt", "ge", "ne"])), "other": right}
    if leaf == 2:
        pattern = draw(st.sampled_from([r"^\w+$", "a", r"\d", "k[12]"]))
        return {"column": draw(st.sampled_from(["s", "k"])), "op": "matches", "value": pattern}
    if leaf == 3:
        return {"column": "k", "op": draw(st.sampled_from(["in", "not_in"])), "value": ["k1", "k3"]}
    name = draw(st.sampled_from(list(_BOUNDS)))
    ops = ["lt", "le", "gt", "ge"]
    return {"column": name, "op": draw(st.sampled_from(ops)), "value": draw(st.sampled_from(_BOUNDS[name]))}


Made = tuple[str | None, str, dict[str, Any]]


def _range(draw: Draw) -> Made:
    name = draw(st.sampled_from(list(_BOUNDS)))
    lower, upper = (
        draw(st.sampled_from(["min", "exclusive_min"])),
        draw(st.sampled_from(["max", "exclusive_max"])),
    )
    first, last = draw(st.sampled_from(_SPANS[name]))
    form = draw(st.integers(0, 2))
    given = {lower: first, upper: last}
    return name, "range", given if form == 0 else {lower: first} if form == 1 else {upper: last}


def _allowed(draw: Draw) -> Made:
    name = draw(st.sampled_from(["n", "u", "x", "s", "d", "h", "t", "b"]))
    good = {
        "n": ["1", "01", "5"],
        "u": ["1", "18446744073709551615"],
        "x": ["0", "1.5", "inf"],
        "s": ["a", "ss", "é"],
        "d": ["2024-02-29", "0001-01-01"],
        "h": ["00:00", "23:59:59.999999"],
        "t": ["2026-01-15", "2026-01-15T00:00:00Z", "0001-01-01T00:00:00Z"],
        "b": ["true"],
    }[name]
    if name in ("s", "n") and draw(st.booleans()):
        return name, "allowed", {"reference": "other", "reference_column": name, "normalise": _steps(draw)}
    return name, "allowed", {"values": good, "normalise": _steps(draw)}


def _steps(draw: Draw) -> list[str]:
    steps: list[str] = draw(st.sampled_from(_NORMALISE))
    return steps


def _columns(draw: Draw, names: Cells = tuple(CELLS), most: int = 3) -> list[str]:
    found: list[str] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=most, unique=True))
    return found


def _unique(draw: Draw) -> Made:
    nulls = draw(st.sampled_from(["ignore", "equal"]))
    return None, "unique", {"columns": _columns(draw), "nulls": nulls, "normalise": _steps(draw)}


def _foreign(draw: Draw) -> Made:
    names, kind = _columns(draw), draw(st.sampled_from(["foreign_key", "referential_both", "leakage"]))
    if kind == "leakage":
        return None, kind, {"columns": names, "against": "other", "normalise": _steps(draw)}
    given = {"match": draw(st.sampled_from(["simple", "full"]))} if kind == "foreign_key" else {}
    return None, kind, {"columns": names, "reference": "other", "reference_columns": names, **given}


def _band(draw: Draw) -> Made:
    stat = draw(st.sampled_from(["mean", "std", "min", "max", "sum", "median", "quantile", "distinct"]))
    names = ["n", "u", "x"] if stat not in ("min", "max") else ["n", "u", "x", "d", "t", "h"]
    name = draw(st.sampled_from(names if stat != "distinct" else list(CELLS)))
    given = {"q": 0.3} if stat == "quantile" else {}
    bound = draw(st.sampled_from(_BOUNDS[name])) if stat in ("min", "max") else 2
    return name, "aggregate_band", {"stat": stat, draw(st.sampled_from(["min", "max"])): bound, **given}


def _dependency(draw: Draw) -> Made:
    determinant, dependent = _columns(draw, ("n", "k", "s"), 2), _columns(draw, ("x", "d", "b", "h", "t"), 2)
    report = draw(st.sampled_from(["all", "minority"]))
    given = {"determinant": determinant, "dependent": dependent, "normalise": _steps(draw)}
    return None, "functional_dependency", {**given, "report": report}


def _ordered(draw: Draw) -> Made:
    groups = draw(st.sampled_from([[], ["k"], ["k", "b"]]))
    order = draw(st.sampled_from([[], ["t"], ["d", "n"]]))
    given: dict[str, Any] = {"strict": draw(st.booleans())}
    given |= {"group_by": groups} if groups else {}
    given |= {"order_by": order} if order else {}
    direction = draw(st.sampled_from(["increasing", "decreasing"]))
    return draw(st.sampled_from(["n", "x", "t", "d", "h"])), "ordered", {**given, "direction": direction}


def _compare(draw: Draw) -> Made:
    left, right = draw(
        st.sampled_from(
            [
                ("n", "x"),
                ("n", "u"),
                ("x * 2 - n", "1"),
                ("x / n", "x"),
                ("d", "t"),
                ("s", "k"),
                ("h", "h"),
                ("n", "n + 0.5"),
            ]
        )
    )
    op = draw(st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]))
    return (
        None,
        "compare",
        {"left": left, "op": op, "right": right, "epsilon": draw(st.sampled_from([0, 1.5]))},
    )


def _text(draw: Draw) -> Made:
    kind, given = draw(
        st.sampled_from(
            [
                ("regex", {"pattern": "^[a-z]"}),
                ("regex", {"pattern": "a$"}),
                ("regex", {"pattern": r"^\d$", "negate": True}),
                ("regex", {"pattern": "(?=a)"}),
                ("length", {"min": 1, "max": 2}),
                ("text_format", {"format": "email"}),
                ("no_outer_space", {}),
                ("charset", {"encoding": "gbk", "forbid": ["control", "zero_width"]}),
                ("language", {"lang": "en"}),
                ("datetime_format", {"formats": ["yyyy", "d"]}),
                ("pii", {"detect": ["email", "cn_mobile"]}),
                ("duplicate_text", {"normalise": ["nfkc", "casefold"]}),
            ]
        )
    )
    return "s", kind, dict(given)


def _cells(draw: Draw) -> Made:
    name = draw(st.sampled_from(list(CELLS)))
    kind, given = draw(
        st.sampled_from(
            [
                ("not_null", {}),
                ("dtype", {}),
                ("dtype", {"type": "integer", "format": "i8"}),
                ("missing_values", {"values": [None, "", "0", "a"], "blank": True}),
                ("completeness", {"min_percent": 60.5}),
                ("invalid_values", {}),
            ]
        )
    )
    return name, kind, dict(given)


def _shares(draw: Draw) -> Made:
    kind, given = draw(
        st.sampled_from(
            [
                ("category_share", {"bands": {"k1": [0.1, 0.5]}, "others_max": 0.6}),
                ("min_per_value", {"min_rows": 2}),
                ("min_per_value", {"min_rows": 1, "values": ["k1", "k9"]}),
                ("drift_psi", {}),
                ("drift_psi", {"against": "other", "max": 0.5}),
            ]
        )
    )
    return "k", kind, dict(given)


def _whole(draw: Draw) -> Made:
    name, kind, given = draw(
        st.sampled_from(
            [
                (None, "row_count", {"min": 2, "max": 9}),
                (None, "row_count_change", {"max_increase_percent": 10, "max_decrease_percent": 10}),
                ("t", "freshness", {"max_age": {"value": 1, "unit": "h"}}),
                ("d", "freshness", {"max_age": {"value": 30, "unit": "d"}}),
                ("t", "not_in_future", {}),
                ("d", "not_in_future", {}),
                ("x", "drift_psi", {"bins": 4}),
                ("n", "multiple_of", {"of": 2}),
                ("x", "multiple_of", {"of": 0.5}),
                (None, "label_conflict", {"key": ["s", "k"], "label": "b"}),
            ]
        )
    )
    return name, kind, dict(given)


def _conditional(draw: Draw) -> Made:
    return None, "conditional", {"if": draw(_predicates()), "then": draw(_predicates())}


_TABLE_KINDS = (
    *("row_count", "row_count_change", "freshness", "aggregate_band", "category_share", "drift_psi"),
    *("min_per_value", "sql", "columns", "rows_present"),
)
MAKERS: tuple[Callable[[Draw], Made], ...] = (
    *(_range, _range, _allowed, _unique, _foreign, _foreign, _band, _band, _dependency, _ordered, _compare),
    *(_text, _text, _cells, _cells, _shares, _whole, _conditional),
)
