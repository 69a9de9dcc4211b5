"""Text as standard-rules §1.2 and §2.5 see it: White_Space, trimming, NFKC, case folding."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from governance.validation.errors import invalid

WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The Unicode property White_Space; the zero-width characters are not in it."""

SPACE_CLASS = "[" + "".join(f"\\x{{{ord(char):X}}}" for char in WHITE_SPACE) + "]"
"""WHITE_SPACE as a character class of polars' (Rust's) pattern language."""

NORMALISERS = ("nfkc", "casefold", "trim", "collapse_space")

_RUNS = re.compile(f"[{re.escape(WHITE_SPACE)}]+")


def trim_expr(text: pl.Expr) -> pl.Expr:
    """Without White_Space at both ends."""
    return text.str.strip_chars(WHITE_SPACE)


def collapse_space_expr(text: pl.Expr) -> pl.Expr:
    """Runs of White_Space become one space, then trim."""
    return text.str.replace_all(SPACE_CLASS + "+", " ").str.strip_chars(" ")


def nfkc_expr(text: pl.Expr) -> pl.Expr:
    """Unicode normalisation form KC."""
    return text.str.normalize("NFKC")


def casefold_expr(text: pl.Expr) -> pl.Expr:
    """Unicode default case folding.

    Polars only lower-cases. The two differ for a few dozen characters; only cells that hold one of them
    are folded in Python.
    """
    return text.map_batches(_casefold_series, return_dtype=pl.String)


def normalise_expr(text: pl.Expr, steps: Sequence[str]) -> pl.Expr:
    """`normalise` of standard-rules §1.2: the named steps in the order given."""
    makers = {
        "nfkc": nfkc_expr,
        "casefold": casefold_expr,
        "trim": trim_expr,
        "collapse_space": collapse_space_expr,
    }
    for step in steps:
        text = makers[step](text)
    return text


def normalise_text(text: str, steps: Sequence[str]) -> str:
    """`normalise_expr` for one Python text."""
    for step in steps:
        if step == "nfkc":
            text = unicodedata.normalize("NFKC", text)
        elif step == "casefold":
            text = text.casefold()
        elif step == "trim":
            text = text.strip(WHITE_SPACE)
        else:
            text = _RUNS.sub(" ", text).strip(" ")
    return text


def parse_normalise(value: object) -> tuple[str, ...]:
    """The `normalise` parameter of a rule; raises `parameter_invalid`."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(name in NORMALISERS for name in names):
        raise invalid(
            "normalise takes a list of nfkc, casefold, trim, collapse_space.",
            "normalise 应为 nfkc、casefold、trim、collapse_space 的列表。",
            {"parameter": "normalise"},
        )
    return tuple(str(name) for name in names)


def _casefold_series(text: pl.Series) -> pl.Series:
    special = text.str.contains(_special_class())
    lowered = text.str.to_lowercase()
    if not special.any():
        return lowered
    folded = pl.Series([cell.casefold() for cell in text.filter(special)], dtype=pl.String)
    return lowered.scatter(special.arg_true(), folded)


@lru_cache(maxsize=1)
def _special_class() -> str:
    """Pattern for the characters whose folding is not their lower case (sigma depends on its place)."""
    special = [char for char in map(chr, range(0x80, sys.maxunicode + 1)) if char.casefold() != char.lower()]
    return "[" + "".join(f"\\x{{{ord(char):X}}}" for char in [*special, "\u03a3"]) + "]"
