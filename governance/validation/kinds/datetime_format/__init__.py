"""`datetime_format`: text written in one of several JDK formats, and a real date (standard-rules §2.4,
§4)."""

from __future__ import annotations

from typing import Any

from governance.validation.kinds.base import Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, list_of, text
from governance.validation.kinds.wording import listed
from governance.validation.temporal import parse_format


def known_format(value: Any, place: Place) -> str:
    """A JDK format that can be read."""
    written = text(value, place)
    parse_format(written)
    return written


register(
    Kind(
        name="datetime_format",
        summary=("Text is a real date in one of several formats", "文本须为指定格式之一的真实日期"),
        level="row",
        severity="major",
        dimension="conformity",
        parameters={"formats": Parameter(list_of(known_format), REQUIRED)},
        sentence=lambda rule: (
            f"{rule.columns[0]} is written as {listed(rule.parameters['formats'])}",
            f"{rule.columns[0]} 须按 {listed(rule.parameters['formats'])} 书写",
        ),
    )
)
