"""Texts and names that come from outside, checked before anything reads them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from governance.actions.checks import HIDDEN_IN_TEXT
from governance.exceptions import InvalidInput

LONGEST_TEXT = 20_000
LONGEST_EVIDENCE = 2_000
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}", re.ASCII)


def word(field: str, text: str) -> str:
    """A purpose or id as the engine reads it (committee-case schema, `id`). Raises InvalidInput."""
    if not WORD.fullmatch(text):
        raise InvalidInput(field=field, reason=_("1 to 80 letters, digits, - and _ are allowed"))
    return text


def bounded(field: str, text: str, most: int = LONGEST_TEXT) -> str:
    """Refuse texts nobody would read, and characters that hide what a text says. Raises InvalidInput."""
    if len(text) > most:
        raise InvalidInput(field=field, reason=_("longer than %(most)s characters") % {"most": most})
    if HIDDEN_IN_TEXT.search(text):
        raise InvalidInput(field=field, reason=_("contains control characters"))
    return text.strip()


def said(field: str, text: str, most: int = LONGEST_TEXT) -> str:
    """`bounded`, and not empty. Raises InvalidInput."""
    found = bounded(field, text, most)
    if not found:
        raise InvalidInput(field=field, reason=_("empty"))
    return found
