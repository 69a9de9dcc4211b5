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
