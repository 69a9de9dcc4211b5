"""What a check suggests beside its report: plain data in and out, without what people answered already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt

    from governance.validation.standard import CompiledStandard


@dataclass(frozen=True)
class Past:
    """What is known from before: the profile of the previous version, and the answers to its suggestions."""

    profile: Mapping[str, Any] | None = None
    accepted: tuple[str, ...] = ()
    rejected: tuple[Mapping[str, Any], ...] = field(default_factory=tuple)


def suggested(
    profile: Mapping[str, Any] | None, compiled: CompiledStandard, past: Past, now: dt.datetime
) -> tuple[dict[str, Any], ...]:
    """`Suggestion.as_dict()` of each that is still to be asked; none without a profile."""
    if profile is None:
        return ()
    from governance.validation.suggesting import remembered, suggest  # brings the data libraries

    found = [one.as_dict() for one in suggest(profile, compiled, now=now, previous=past.profile)]
    return tuple(
        one
        for one in found
        if one["id"] not in past.accepted and not any(remembered(one, old) for old in past.rejected)
    )
