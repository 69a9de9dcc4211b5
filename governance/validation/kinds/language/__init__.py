"""`language`: the share of a text's letters that are Han or Latin (standard-rules §4)."""

from __future__ import annotations

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, one_of, share

SCRIPTS = {
    "zh": r"\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{323AF}",
    "en": r"\x{41}-\x{24F}",
}


register(
    Kind(
        name="language",
        summary=("Text is written in Chinese or in English", "文本须为中文或英文"),
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"lang": Parameter(one_of(*SCRIPTS), REQUIRED), "min_share": Parameter(share)},
        sentence=lambda rule: (
            f"{rule.columns[0]} is written in {rule.parameters['lang']}",
            f"{rule.columns[0]} 须以 {rule.parameters['lang']} 书写",
        ),
    )
)
