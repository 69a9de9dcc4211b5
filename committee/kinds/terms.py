"""Checks of asked terms that several kinds share. Each raises TermsInvalid with the field that is wrong."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from committee.engine.calendar import load_zone
from committee.exceptions import TermsInvalid
from committee.models import Committee

MOST_NAMES = 2000
LONGEST_NAME = 200


def names(terms: dict[str, Any], field: str, default: list[str]) -> list[str]:
    """A list of names as they stand in the terms, at least one, sorted, each once."""
    given = terms.get(field) or default
    listed = isinstance(given, list) and 1 <= len(given) <= MOST_NAMES
    if not listed or not all(isinstance(name, str) and 1 <= len(name) <= LONGEST_NAME for name in given):
        raise TermsInvalid(reason=field)
    return sorted(set(given))


def bounded(terms: dict[str, Any], name: str, most: int, least: int = 1) -> int:
    """A whole number within bounds: nothing is asked for without limit."""
    value = terms.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise TermsInvalid(reason=f"{name}: {least}..{most}")
    return value


def known(terms: dict[str, Any], *allowed: str) -> None:
    """Nothing may stand in the terms that nobody reads."""
    unknown = sorted(set(terms) - set(allowed))
    if unknown:
        raise TermsInvalid(reason=str(unknown[0])[:LONGEST_NAME])


def day(terms: dict[str, Any], name: str) -> dt.date:
    value = terms.get(name)
    try:
        return dt.date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise TermsInvalid(reason=f"{name}: YYYY-MM-DD") from error


def columns_known(asked: list[str], held: tuple[str, ...]) -> None:
    """Columns that do not exist would be granted to nobody; better said now than when they are read."""
    missing = sorted(set(asked) - set(held) - {"*"})
    if missing:
        raise TermsInvalid(reason=f"columns: {', '.join(missing[:5])}")


def today(committee: Committee | None) -> dt.date:
    """The local day of the committee's calendar."""
    if committee is None:
        return timezone.localdate()
    return timezone.localdate(timezone=load_zone(committee.calendar["timezone"]))
