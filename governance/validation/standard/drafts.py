"""A rule as the document states it, before its parameters are parsed, merged and numbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from governance.validation.model import Severity, StandardWarning, Threshold

_WORDS: Mapping[str, Severity] = {
    **dict.fromkeys(("blocker", "critical", "fatal"), "blocker"),
    **dict.fromkeys(("error", "major", "high"), "major"),
    **dict.fromkeys(("warning", "minor", "medium"), "minor"),
    **dict.fromkeys(("info", "low"), "info"),
}


@dataclass(frozen=True)
class Draft:
    """One rule of the document. `given` holds the parameters as written."""

    kind: str
    label: str
    pointer: str
    under: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] | None = None
    severity: Severity | None = None
    dimension: str | None = None
    threshold: Threshold | None = None
    library: bool = False
    name: str | None = None
    nested: str | None = None
    """Dotted name of a nested property; such a rule is never run."""

    @property
    def id(self) -> str:
        """`P.X` or `table.X`, not yet numbered."""
        return f"{self.nested or self.under or 'table'}.{self.label}"


def severity_of(word: Any) -> Severity | None:
    """Our severity for an ODCS word; None for another word."""
    return _WORDS.get(word.strip().lower()) if isinstance(word, str) else None


def unknown_severity(pointer: str) -> StandardWarning:
    """Import warning: the default of the kind is used."""
    return StandardWarning(
        "unknown_severity",
        "The severity word is not known; the default of the rule kind is used.",
        "未知的严重度用词，改用该类规则的默认严重度。",
        pointer,
    )
