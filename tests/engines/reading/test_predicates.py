"""Predicates, expressions and patterns of standards: Kleene logic, exact comparison, the RE2 subset."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from governance.validation.casts import LogicalType, cast_expr
from governance.validation.errors import EngineError, Unjudgeable
from governance.validation.expressions import parse_expression
from governance.validation.predicates import parse_predicate
from governance.validation.regex import polars_pattern

FRAME = pl.DataFrame(
    {
        "i": ["1", "5", None, "x"],
        "n": ["1.5", "nan", "0", "2"],
        "s": ["a", "b", None, "é"],
        "t": ["2026-01-01T00:00Z", None, "2026-01-02T00:00Z", "x"],
        "d": ["2026-01-01", "2026-01-01", "2026-01-03", None],
        "u": ["1", "7", "3", None],
    }
)
TYPES = {
    "i": LogicalType("integer"),
    "n": LogicalType("number"),
    "s": LogicalType("string"),
    "t": LogicalType("timestamp"),
    "d": LogicalType("date"),
    "u": LogicalType("integer", "u128"),
}
CELLS = {name: cast_expr(name, pl.String(), logical) for name, logical in TYPES.items()}
T, F, N = True, False, None


def leaf(column: str, op: str, **operand: Any) -> dict[str, Any]:
    return {"column": column, "op": op, **operand}


TREES: list[tuple[dict[str, Any], list[bool | None]]] = [
    (leaf("i", "eq", value=1), [T, F, N, N]),
    (leaf("i", "ne", value=1), [F, T, N, N]),
    (leaf("i", "lt", value="1.5"), [T, F, N, N]),
    (leaf("i", "ge", value="-0.5"), [T, T, N, N]),
    (leaf("i", "gt", value=10**30), [F, F, N, N]),
    (leaf("i", "lt", value=10**30), [T, T, N, N]),
    (leaf("i", "gt", value=-(10**30)), [T, T, N, N]),
    (leaf("i", "in", value=[1, 2]), [T, F, N, N]),
    (leaf("i", "not_in", value=[1, 2]), [F, T, N, N]),
    (leaf("s", "in", value=[]), [F, F, N, F]),
    (leaf("s", "gt", value="a"), [F, T, N, T]),
    (leaf("s", "matches", value="^.$"), [T, T, N, T]),
    (leaf("t", "ge", value="2026-01-02"), [F, N, T, N]),
    (leaf("i", "is_missing"), [F, F, T, F]),
    (leaf("n", "is_missing"), [F, T, F, F]),
    (leaf("i", "not_missing"), [T, T, F, T]),
    (leaf("i", "le", other="n"), [T, N, N, N]),
    (leaf("d", "eq", other="t"), [T, N, F, N]),
    (leaf("i", "lt", other="u"), [F, T, N, N]),
    ({"all": [leaf("i", "eq", value=1), leaf("s", "eq", value="b")]}, [F, F, N, F]),
    ({"any": [leaf("i", "eq", value=1), leaf("s", "eq", value="é")]}, [T, F, N, T]),
    ({"not": {"any": [leaf("i", "eq", value=1), leaf("s", "eq", value="b")]}}, [F, F, N, N]),
]


@pytest.mark.parametrize(("tree", "answers"), TREES)
def test_a_predicate_is_true_false_or_unknown(tree: dict[str, Any], answers: list[bool | None]) -> None:
    parsed = parse_predicate(tree, TYPES)
    assert FRAME.select(x=parsed.expr(CELLS))["x"].to_list() == answers


def test_a_predicate_knows_what_it_reads_and_equals_its_like() -> None:
    tree = {"all": [leaf("s", "eq", value="a"), leaf("i", "lt", other="n"), leaf("s", "is_missing")]}
    parsed = parse_predicate(tree, TYPES)
    assert parsed.columns == ("s", "i", "n")
    assert parsed == parse_predicate(tree, TYPES)
    assert parsed != parse_predicate(tree["all"][0], TYPES)


@pytest.mark.parametrize(
    ("tree", "code"),
    [
        ({}, "parameter_invalid"),
        ("i > 1", "parameter_invalid"),
        ({"all": []}, "parameter_invalid"),
        ({"all": [leaf("i", "eq", value=1)], "any": []}, "parameter_invalid"),
        (leaf("i", "like", value=1), "parameter_invalid"),
        (leaf("i", "eq"), "parameter_invalid"),
        (leaf("i", "eq", value=1, other="n"), "parameter_invalid"),
        (leaf("i", "eq", value="1.5"), "parameter_invalid"),
        (leaf("i", "in", value=1), "parameter_invalid"),
        (leaf("i", "is_missing", value=1), "parameter_invalid"),
        (leaf("s", "matches", value=1), "parameter_invalid"),
        (leaf("zz", "is_missing"), "unknown_column"),
        (leaf("i", "eq", other="zz"), "unknown_column"),
        # An error of the standard comes before a rule that cannot be judged.
        ({"all": [leaf("i", "lt", other="s"), leaf("zz", "is_missing")]}, "unknown_column"),
    ],
)
def test_bad_predicates_are_refused(tree: object, code: str) -> None:
    with pytest.raises(EngineError) as refused:
        parse_predicate(tree, TYPES)
    assert refused.value.code == code


def test_nesting_has_an_end() -> None:
    tree: dict[str, Any] = leaf("i", "is_missing")
    for _ in range(60):
        tree = {"not": tree}
    with pytest.raises(EngineError):
        parse_predicate(tree, TYPES)


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        (leaf("i", "lt", other="s"), "type_mismatch"),
        (leaf("i", "matches", value="1"), "type_mismatch"),
        (leaf("s", "matches", value="(?=a)"), "regex_unsupported"),
    ],
)
def test_what_cannot_be_judged_is_named(tree: object, reason: str) -> None:
    parsed = parse_predicate(tree, TYPES)
    assert parsed.problem == reason
    with pytest.raises(Unjudgeable):
        parsed.expr(CELLS)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("i * (n - 1) / 2", [0.25, N, N, N]),
        ("i", [1, 5, N, N]),
        ("-i", [-1.0, -5.0, N, N]),
        ("`i` + 2.5e0", [3.5, 7.5, N, N]),
        ("i / n", [1 / 1.5, N, N, N]),
        ("1 / (i - 1)", [N, 0.25, N, N]),
        ("2 - 1 - 1", [0.0]),
    ],
)
def test_an_expression_is_computed_in_doubles(text: str, values: list[float | None]) -> None:
    assert FRAME.select(x=parse_expression(text, TYPES).expr(CELLS))["x"].to_list() == values


@pytest.mark.parametrize(
    "text", ["i**2", "i;", "", "(i", "i)", "1 2", "__import__('os')", "i % 2", "+i", True]
)
def test_bad_expressions_are_refused(text: object) -> None:
    with pytest.raises(EngineError) as refused:
        parse_expression(text, TYPES)
    assert refused.value.code in ("parameter_invalid", "unknown_column")


def test_arithmetic_needs_numbers() -> None:
    assert parse_expression("s", TYPES).logical.name == "string"
    assert parse_expression("s + 1", TYPES).problem == "type_mismatch"


SUPPORTED = {
    r"^\d+$": (["1"], ["１", "1\n", ""]),
    r"\bcat\b": (["a cat!", "猫cat猫"], ["cats"]),
    r"\w": (["a", "_"], ["é", "中"]),
    r"\s": ([" ", "\t"], ["\u3000", "\u00a0", "a"]),
    r"[^\d]": (["a", "１"], ["1"]),
    r"a.b": (["axb"], ["a\nb"]),
    r"[a[b]": (["[", "a"], ["c"]),
    r"[a&&b]": (["&"], ["c"]),
    r"[]x]": (["]"], ["y"]),
    r"a{,2}": (["a{,2}"], ["aa"]),
    r"\Qa.b\E": (["a.b"], ["axb"]),
    r"(?i)abc": (["ABC"], ["abd"]),
    r"\x{4e2d}|\101": (["中", "A"], ["B"]),
    r"[[:digit:]-]+x": (["1-x"], ["x"]),
    r"\p{Han}": (["中"], ["a"]),
    r"(a|b)*?c{2,3}": (["acc"], ["c"]),
}


@pytest.mark.parametrize("pattern", SUPPORTED)
def test_patterns_mean_what_re2_means(pattern: str) -> None:
    rewritten = polars_pattern(pattern)
    assert rewritten is not None
    hits, misses = SUPPORTED[pattern]
    assert pl.Series(hits).str.contains(rewritten).all()
    assert not pl.Series(misses).str.contains(rewritten).any()


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?=a)", r"(?!a)", r"(?<=a)b", r"(?<!a)b", r"(?>a)", r"(a)\1", r"a++", r"a**", r"*a", r"(", r"[a",
        r"\Z", r"\C", r"a{1001}", r"(?x)a b", r"[z-a]", "a" * 1001, "\\", r"(?P=n)", r"\k<n>", r"[\b]",
    ],
)  # fmt: skip
def test_patterns_outside_the_subset_are_unsupported(pattern: str) -> None:
    assert polars_pattern(pattern) is None


def test_patterns_run_in_linear_time() -> None:
    pattern = polars_pattern("(.*a){12}$")
    assert pattern is not None
    assert not pl.Series(["a" * 5000 + "b"]).str.contains(pattern).any()
