"""Levels of columns and the masking of shown cells (standard-rules §5.3)."""

from __future__ import annotations

import hashlib
import hmac

SHOWN_UP_TO = 2
"""Columns of level 1 and 2 are shown, from 3 up they are masked."""
MASKED = "***"
LONGEST_SHOWN = 200

_WORDS = {"public": 1, "internal": 2, "sensitive": 3, "restricted": 4, "core": 5}


def classification_level(classification: object) -> int | None:
    """Level of a `classification`, word or number in any case; any other word is 3; None where absent."""
    if classification is None:
        return None
    word = str(classification).strip().lower()
    if not word:
        return None
    return int(word) if word in ("1", "2", "3", "4", "5") else _WORDS.get(word, 3)


def column_level(*, classification: object, pii: bool, content: bool) -> int:
    """The level of a column.

    `pii`: gavelPii names a kind, or a `pii` rule found or demands one. `content`: a detector hits a shown
    cell, which counts only where there is no classification.
    """
    level = classification_level(classification)
    return max(level if level is not None else (3 if content else SHOWN_UP_TO), 3 if pii else 1)


def is_masked(level: int) -> bool:
    """Whether cells of a column of this level are masked."""
    return level > SHOWN_UP_TO


def cut(text: str) -> str:
    """At most 200 code points are shown."""
    return text[:LONGEST_SHOWN]


def key_part(text: str, key: bytes) -> str:
    """A masked key part: `h:` + first 12 hex digits of HMAC-SHA256(platform key, text)."""
    return "h:" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:12]


def shown_value(text: str | None, level: int) -> str | None:
    """A sample value as the report shows it; missing stays null."""
    if text is None:
        return None
    return MASKED if is_masked(level) else cut(text)


def shown_key(text: str | None, level: int, key: bytes) -> str | None:
    """A key part as the report shows it; missing stays null."""
    if text is None:
        return None
    return key_part(text, key) if is_masked(level) else cut(text)
