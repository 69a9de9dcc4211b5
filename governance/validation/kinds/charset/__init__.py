"""`charset`: every character fits an encoding and no forbidden class (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import Parameter, list_of, one_of

ENCODINGS = ("utf-8", "ascii", "gb2312", "gbk", "gb18030", "latin-1")


CLASSES = {
    "replacement": r"\x{FFFD}",
    "control": r"\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}",
    "private_use": r"\p{Co}",
    "zero_width": r"\x{200B}-\x{200D}\x{2060}\x{FEFF}",
}


register(
    Kind(
        name="charset",
        summary=(
            "Every character fits an encoding and no forbidden class",
            "字符须属于指定编码，且不得含有禁用字符",
        ),
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
    )
)
