"""Checking what is given to an action before anything else looks at it."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.engine_choice import choose_engine
from governance.exceptions import InvalidInput

SLUG = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")


def clean_name(name: str) -> str:
    text = name.strip()
    if not text or len(text) > 80 or not set(text.lower()) <= SLUG:
        raise InvalidInput(field="name", reason=_("Latin letters, digits, - and _, at most 80"))
    return text


def clean_title(title: str) -> str:
    if not title.strip():
        raise InvalidInput(field="title", reason=_("empty"))
    return title.strip()[:200]


def known(field: str, value: object, values: Sequence[object]) -> None:
    if value not in values:
        raise InvalidInput(field=field, reason=_("unknown"))


def engine_for(policy: str, size: int) -> tuple[str, str]:
    return choose_engine(policy, size, settings.GAVEL_SPARK_MASTER, settings.GAVEL_SPARK_ABOVE_BYTES)
