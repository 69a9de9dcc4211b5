"""`charset`: every character fits an encoding and no forbidden class (standard-rules §4)."""

from __future__ import annotations

import sys
from functools import lru_cache

import polars as pl

from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import Parameter, list_of, one_of

ENCODINGS = ("utf-8", "ascii", "gb2312", "gbk", "gb18030", "latin-1")
CLASSES = {
    "replacement": r"\x{FFFD}",
    "control": r"\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}",
    "private_use": r"\p{Co}",
    "zero_width": r"\x{200B}-\x{200D}\x{2060}\x{FEFF}",
}


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


register(
    Kind(
        name="charset",
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={
            "encoding": Parameter(one_of(*ENCODINGS), "utf-8"),
            "forbid": Parameter(list_of(one_of(*CLASSES), filled=False), ("replacement", "control")),
        },
        sentence=lambda rule: (
            f"{rule.columns[0]} holds only {rule.parameters['encoding']} characters and no forbidden ones",
            f"{rule.columns[0]} 只含 {rule.parameters['encoding']} 可编码的字符，且不含被禁字符",
        ),
        ok=ok,
    )
)
