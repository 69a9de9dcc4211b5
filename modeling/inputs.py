"""What is asked of a run: a version in a role, one line of text, bounds. Shared by actions and services."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import DatasetVersion
from governance.exceptions import InvalidInput

LONGEST_NAME = 120
MOST_CPU_SECONDS = 100_000_000


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A version in a role; `where` keeps the rows whose column equals a value."""

    role: str
    version: DatasetVersion
    where: tuple[str, str] | None = None


def one_line(field: str, value: str, longest: int) -> str:
    """One line of text as both databases store it. Raises InvalidInput."""
    text = " ".join(value.split())
    if not text or len(text) > longest or not text.isprintable():
        raise InvalidInput(
            field=field, reason=_("one line of 1 to %(longest)s characters") % {"longest": longest}
        )
    return text
