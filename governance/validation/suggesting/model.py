"""What a suggestion is, and how sure its evidence makes it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from governance.validation.standard.document import Edit

FEWEST = 30
"""Fewer cells say nothing: even without a failure, one in ten could still fail (3/30)."""
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Evidence:
    """What the data says: of `checked` rows `failing` would fail today.

    `exact` is false where only a sample of `checked` rows was looked at. Table rules have neither number but
    an `observed` figure. `facts` are further figures of the profile that speak for the rule.
    """

    checked: int | None
    failing: int | None
    exact: bool = True
    observed: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """failing/checked."""
        if self.checked is None or self.failing is None:
            return None
        return self.failing / self.checked if self.checked else 0.0

    @property
    def interval(self) -> tuple[float, float] | None:
        """95% interval of the true failing rate: Wilson's; 0 to 3/n without a failure (rule of three)."""
        if not self.checked or self.failing is None:
            return None
        n, p = self.checked, self.failing / self.checked
        if self.failing == 0:
            return 0.0, min(1.0, 3 / n)
        middle = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 / (1 + Z95**2 / n) * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "checked": self.checked,
            "failing": self.failing,
            "share": self.share,
            "interval": None if self.interval is None else list(self.interval),
            "exact": self.exact,
            "observed": self.observed,
            "facts": dict(self.facts),
        }


@dataclass(frozen=True)
class Proposal:
    """A rule that could be: kind, columns, parameters as a document writes them, and how it is written down.

    `values` are settings of the column (`column_set` of `standard.changing`); without them the rule becomes a
    quality entry of ours (`rule_add`).
    """

    kind: str
    columns: tuple[str, ...]
    parameters: Mapping[str, Any]
    evidence: Evidence
    values: Mapping[str, Any] | None = None
    why: tuple[str, str] = ("", "")
    severity: str | None = None


@dataclass(frozen=True)
class Suggestion:
    """A proposal for one object of one document, ready to be shown, accepted or rejected."""

    object_name: str
    kind: str
    columns: tuple[str, ...]
    parameters: Mapping[str, Any]
    severity: str
    dimension: str
    change: Mapping[str, Any]
    edits: tuple[Edit, ...]
    sentence_en: str
    sentence_zh: str
    why_en: str
    why_zh: str
    evidence: Evidence

    @cached_property
    def id(self) -> str:
        """The same for the same rule about the same columns, whatever data or document it was made from."""
        return _name([self.object_name, self.kind, list(self.columns), dict(self.parameters)])

    @cached_property
    def topic(self) -> str:
        """The same for every rule of this kind about these columns: what a rejection is remembered under."""
        return _name([self.object_name, self.kind, list(self.columns)])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "topic": self.topic,
            "object": self.object_name,
            "kind": self.kind,
            "columns": list(self.columns),
            "parameters": dict(self.parameters),
            "severity": self.severity,
            "dimension": self.dimension,
            "sentence_en": self.sentence_en,
            "sentence_zh": self.sentence_zh,
            "why_en": self.why_en,
            "why_zh": self.why_zh,
            "evidence": self.evidence.as_dict(),
            "change": dict(self.change),
            "edits": [{"pointer": edit.pointer, "value": edit.value} for edit in self.edits],
        }


def _name(content: Any) -> str:
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
