"""`charset` on Polars."""

from __future__ import annotations

import sys
from functools import lru_cache

import polars as pl

from governance.validation.kinds.base import Bound, PolarsBody
from governance.validation.kinds.charset import CLASSES, ENCODINGS


@lru_cache(maxsize=len(ENCODINGS))
def encodable(encoding: str) -> str | None:
    """Character class (without brackets) of what the Python codec can encode; None where that is
    everything."""
    if encoding in ("utf-8", "gb18030"):
        return None
    ranges: list[list[int]] = []
    for point in range(sys.maxunicode + 1):
        if 0xD800 <= point <= 0xDFFF or not _encodes(chr(point), encoding):
            continue
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
        if point > 0xFFFF:
            break
    return "".join(f"\\x{{{low:X}}}-\\x{{{high:X}}}" for low, high in ranges)


def _encodes(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def ok(bound: Bound) -> pl.Expr:
    """No character outside the encoding, none in a forbidden class."""
    bound.need_text()
    right = (
        ~bound.value.str.contains("[" + "".join(CLASSES[name] for name in bound["forbid"]) + "]")
        if bound["forbid"]
        else bound.value.is_not_null()
    )
    known = encodable(bound["encoding"])
    right = right if known is None else right & ~bound.value.str.contains(f"[^{known}]")
    return pl.when(bound.value.is_not_null()).then(right)


BODY = PolarsBody(ok=ok)
