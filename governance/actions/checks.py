"""What every name and text of governance must satisfy before a service stores it."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from governance import exceptions as errors

SLUG = re.compile(r"[a-zA-Z0-9_-]+", re.ASCII)


def check_slug(field: str, value: str, longest: int) -> None:
    """Raise InvalidInput unless the value can be an address and a file name."""
    if not SLUG.fullmatch(value):
        raise errors.InvalidInput(field=field, reason=_("Latin letters, digits, - and _ only"))
    check_length(field, value, longest)


def check_length(field: str, value: str, longest: int) -> None:
    """Raise InvalidInput for what one of the databases would refuse or cut."""
    if len(value) > longest:
        raise errors.InvalidInput(
            field=field, reason=_("longer than %(count)s characters") % {"count": longest}
        )
    if "\x00" in value:
        raise errors.InvalidInput(field=field, reason=_("holds a character that cannot be stored"))


_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff"
)
HIDDEN_IN_TEXT = re.compile(f"[{_UNSEEN}]")
"""Controls, zero-width and bidirectional marks: what makes a text read as another."""
HIDDEN = re.compile(f"[{_UNSEEN}\t\n\r\u200c\u200d]")
"""The same in a name, which has no lines either, nor the joiners that some scripts need in texts."""


def check_name(field: str, value: str, longest: int, *, required: bool = False) -> str:
    """A name as it is stored, without blanks around it. Raises InvalidInput, HiddenCharacters."""
    text = value.strip()
    if required and not text:
        raise errors.InvalidInput(field=field, reason=_("empty"))
    if HIDDEN.search(value):
        raise errors.HiddenCharacters(field=field)
    check_length(field, text, longest)
    return text
