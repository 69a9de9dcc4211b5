"""`text_format`: e-mail, UUID, URI, host name and IP addresses (standard-rules §4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from governance.validation.kinds.base import Implied, ImpliedBy, Kind, option, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, one_of
from governance.validation.text import SPACE_CLASS

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"


_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"


_H = "[0-9A-Fa-f]{1,4}"


_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"


def _ipv6() -> str:
    """RFC 4291 §2.2: eight groups, one `::` for one or more of them, the last two possibly as IPv4."""
    tail = f"(?:{_H}:{_H}|{_IPV4})"
    forms = [f"(?:{_H}:){{6}}{tail}", f"::(?:{_H}:){{5}}{tail}"]
    forms += [f"(?:{_H}(?::{_H}){{0,{4 - after}}})?::(?:{_H}:){{{after}}}{tail}" for after in range(5)]
    forms.append(f"(?:{_H}(?::{_H}){{0,5}})?::{_H}")
    forms.append(f"(?:{_H}(?::{_H}){{0,6}})?::")
    return "(?:" + "|".join(forms) + ")"


SPACELESS = SPACE_CLASS.replace("[", "[^", 1)


PATTERNS = {
    "email": r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}",
    "uuid": "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}",
    "uri": f"[A-Za-z][A-Za-z0-9+.-]*:{SPACELESS}*",
    "hostname": rf"{_LABEL}(?:\.{_LABEL})*",
    "ipv4": _IPV4,
    "ipv6": _ipv6(),
}


def implied(node: Mapping[str, Any], _sole_key: bool) -> Iterator[Implied]:
    """From `format` of a string; other formats are kept only."""
    given = option(node, ("string",), {"format": "format"})
    if given.get("format") in PATTERNS:
        yield Implied("/logicalTypeOptions/format", given)


register(
    Kind(
        name="text_format",
        summary=(
            "Text is an e-mail address, UUID, URI, host name or IP address",
            "文本须为邮箱、UUID、URI、主机名或 IP 地址",
        ),
        level="row",
        severity="minor",
        dimension="conformity",
        parameters={"format": Parameter(one_of(*PATTERNS), REQUIRED)},
        sentence=lambda rule: (
            f"{rule.columns[0]} has the form of {rule.parameters['format']}",
            f"{rule.columns[0]} 须符合 {rule.parameters['format']} 格式",
        ),
        pandera="gavel_format",
        implied=ImpliedBy(5, implied, of_options=True),
    )
)
