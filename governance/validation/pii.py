"""The four detectors of standard-rules §4.1, on text after NFKC.

E-mail and mobile numbers are regular and are decided by polars alone. Identity and card numbers carry check
digits: a superset is found by polars and only those cells are examined in Python.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date

import polars as pl

KINDS = ("email", "cn_mobile", "cn_resident_id", "bank_card")

_EMAIL = r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
_MOBILE = r"(?:(?:\+86|0086|86)[ -]?)?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}"
_ID = r"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)[0-9]{4}(?:19|20)[0-9]{9}[0-9Xx]"
_CARD = r"[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3}"

_FOUND = {
    "email": _EMAIL,
    "cn_mobile": f"(?:^|[^0-9])(?:{_MOBILE})(?:$|[^0-9])",
    "cn_resident_id": f"(?:^|[^0-9A-Za-z]){_ID}(?:$|[^0-9A-Za-z])",
    "bank_card": f"(?:^|[^0-9]){_CARD}",
}
_WHOLE = {kind: f"^(?:{pattern})" for kind, pattern in zip(KINDS, (_EMAIL, _MOBILE, _ID, _CARD), strict=True)}
_WHOLE |= {kind: _WHOLE[kind] + "$" for kind in ("email", "cn_mobile", "cn_resident_id")}
_REGULAR = ("email", "cn_mobile")

_ID_RUN = re.compile(f"(?<![0-9A-Za-z]){_ID}(?![0-9A-Za-z])")
_CARD_START = re.compile("(?<![0-9])[3-6]")
_GROUPS = "[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?"
_CARD_FORMS = [
    re.compile(f"{_GROUPS}{tail}(?![0-9])")
    for tail in ("[0-9]{3}", "[0-9]{4}", *(f"[0-9]{{4}}[ -]?[0-9]{{{extra}}}" for extra in (1, 2, 3)))
]
_CARD_NUMBER = re.compile("62[0-9]{14,17}|4[0-9]{15}|5[1-5][0-9]{14}|3[47][0-9]{13}|35[0-9]{14}")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def pii_expr(text: pl.Expr, detect: Sequence[str], *, today: date, whole: bool = False) -> pl.Expr:
    """Whether a cell holds (or, with `whole`, is) one of the kinds; null for null."""

    def judge(cells: pl.Series) -> pl.Series:
        return detect_series(cells, detect, today=today, whole=whole)

    return text.map_batches(judge, return_dtype=pl.Boolean)


def detect_series(cells: pl.Series, detect: Sequence[str], *, today: date, whole: bool = False) -> pl.Series:
    """Boolean per cell of a String series: one of the kinds is found; null for null."""
    text = _nfkc(cells)
    hit = pl.zeros(len(cells), dtype=pl.Boolean, eager=True)
    for kind in detect:
        hit |= _detect(text, kind, today, whole=whole)
    return (
        pl.DataFrame({"hit": hit, "text": text})
        .select(pl.when(pl.col("text").is_not_null()).then("hit"))["hit"]
        .rename(cells.name)
    )


def kinds_in(texts: Iterable[str], *, today: date) -> tuple[str, ...]:
    """The kinds found in any of the texts, in the order of KINDS."""
    cells = pl.Series(list(texts), dtype=pl.String)
    text = _nfkc(cells)
    return tuple(kind for kind in KINDS if _detect(text, kind, today, whole=False).any())


def is_kind(text: str, kind: str, *, today: date, whole: bool = False) -> bool:
    """One detector on one text."""
    return bool(detect_series(pl.Series([text], dtype=pl.String), [kind], today=today, whole=whole)[0])


def _nfkc(cells: pl.Series) -> pl.Series:
    """ASCII is its own NFKC form, so only other cells are normalised."""
    wide = (cells.str.len_bytes() != cells.str.len_chars()).fill_null(False)
    if not wide.any():
        return cells
    folded = [unicodedata.normalize("NFKC", cell) for cell in cells.filter(wide)]
    return cells.scatter(wide.arg_true(), pl.Series(folded, dtype=pl.String))


def _detect(text: pl.Series, kind: str, today: date, *, whole: bool) -> pl.Series:
    likely = text.str.contains((_WHOLE if whole else _FOUND)[kind]).fill_null(False)
    if kind in _REGULAR or not likely.any():
        return likely
    check = _holds_id if kind == "cn_resident_id" else _holds_card
    sure = pl.Series([check(cell, today, whole=whole) for cell in text.filter(likely)], dtype=pl.Boolean)
    return likely.scatter(likely.arg_true(), sure)


def _holds_id(text: str, today: date, *, whole: bool) -> bool:
    if whole:
        return len(text) == 18 and valid_resident_id(text, today)
    return any(valid_resident_id(found.group(), today) for found in _ID_RUN.finditer(text))


def valid_resident_id(text: str, today: date) -> bool:
    """18 characters: province, real date from 1900 to today, ISO 7064 MOD 11-2."""
    if re.fullmatch(_ID, text) is None:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
    return date(1900, 1, 1) <= born <= today and text[17].upper() == "10X98765432"[total % 11]


def _holds_card(text: str, today: date, *, whole: bool) -> bool:
    starts = [0] if whole else [found.start() for found in _CARD_START.finditer(text)]
    for start in starts:
        for form in _CARD_FORMS:
            found = form.fullmatch(text) if whole else form.match(text, start)
            if found and _valid_card(re.sub("[ -]", "", found.group()), today):
                return True
    return False


def _valid_card(digits: str, today: date) -> bool:
    return (
        _CARD_NUMBER.fullmatch(digits) is not None
        and _luhn(digits)
        and not (len(digits) == 18 and valid_resident_id(digits, today))
    )


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0
