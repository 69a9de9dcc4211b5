"""Shapes of texts: every letter and digit replaced by its class, so that `SKU-1041` reads `AAA-9999`.

Classes: `9` ASCII digit, `A` and `a` ASCII letters, `中` Han, `x` any other letter or digit; a run of white
space is one blank, everything else stands for itself. A shape shows how texts are built, never their letters.
"""

from __future__ import annotations

from itertools import groupby

import polars as pl

from governance.validation.text import SPACE_CLASS

LONGEST = 48
"""Of longer texts the shape of the beginning is taken, with an ellipsis."""
DOMINANT = 0.95
"""From this share of the values on, one shape is what the column is meant to look like."""
MOST_RUNS = 7
_HAN = "\\x{3400}-\\x{4DBF}\\x{4E00}-\\x{9FFF}\\x{F900}-\\x{FAFF}"
_STEPS = (
    ("[0-9]", "9"),
    ("[A-Z]", "A"),
    ("[a-z]", "a"),
    (f"[{_HAN}]", "中"),
    ("[\\p{L}\\p{N}--[9Aa中]]", "x"),
    (f"{SPACE_CLASS}+", " "),
)
_CLASSES = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]", "中": "[㐀-䶿一-鿿豈-﫿]"}
_LETTERS = (*_CLASSES, "x")


def shape_expr(text: pl.Expr) -> pl.Expr:
    """The shape of each text; null for null."""
    shape = text.str.slice(0, LONGEST)
    for pattern, letter in _STEPS:
        shape = shape.str.replace_all(pattern, letter)
    return pl.when(text.str.len_chars() > LONGEST).then(shape + "…").otherwise(shape)


def collapsed(shape: str) -> str:
    """The shape with every run of one class written once: `AAA-9999` → `A-9`."""
    return "".join(char if char in _LETTERS else char * len(list(run)) for char, run in groupby(shape))


def told(short: str) -> str:
    """A collapsed shape as people read it: `A+-9+`."""
    return "".join(f"{char}+" if char in _LETTERS else char for char in short)


def shapes_of(values: pl.DataFrame) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(shapes, collapsed shapes) with counts, most frequent first, of a frame of `value` and `n`."""
    by_shape = values.select(shape_expr(pl.col("value")).alias("shape"), "n").group_by("shape")
    counted = by_shape.agg(pl.col("n").sum())
    full = {shape: int(count) for shape, count in counted.iter_rows()}
    short: dict[str, int] = {}
    for shape, count in full.items():
        key = collapsed(shape)
        short[key] = short.get(key, 0) + count
    return _ranked(full), _ranked(short)


def pattern_of(shapes: list[tuple[str, int]], short: list[tuple[str, int]]) -> str | None:
    """The anchored pattern of the one shape that dominates, else of the one collapsed shape that does.

    None where neither does, and for shapes that say nothing (free text, long mixtures, other alphabets).
    """
    for ranked, repeat in ((shapes, True), (short, False)):
        total = sum(count for _, count in ranked)
        if total and ranked[0][1] >= DOMINANT * total:
            return _pattern(ranked[0][0], exact=repeat)
    return None


def _pattern(shape: str, *, exact: bool) -> str | None:
    runs = [(char, len(list(run))) for char, run in groupby(shape)]
    if set(shape) & set(" x…\n") or not set(shape) & set(_CLASSES) or len(runs) > MOST_RUNS:
        return None
    return "^" + "".join(_piece(char, length, exact=exact) for char, length in runs) + "$"


def _piece(char: str, length: int, *, exact: bool) -> str:
    if char not in _CLASSES:
        return (f"\\{char}" if char in ".+*?()|[]{}^$\\" else char) * length
    return _CLASSES[char] + (_times(length) if exact else "+")


def _times(length: int) -> str:
    return "" if length == 1 else f"{{{length}}}"


def _ranked(counted: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))
