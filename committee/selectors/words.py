"""Reasons and bars in the reader's language; the words of the rules themselves stand in `wording`."""

from __future__ import annotations

from committee.engine.texts import BARS
from committee.wording import (
    effective_words,
    function_words,
    local,
    majority_words,
    match_words,
    reason_words,
    requirement_words,
    rule_sentences,
    share_words,
)

__all__ = [
    "bar_words",
    "effective_words",
    "function_words",
    "local",
    "majority_words",
    "match_words",
    "reason_words",
    "requirement_words",
    "rule_sentences",
    "share_words",
]


def bar_words(code: str) -> str:
    return local(BARS[code])
