"""Suggested rules and profiles as checks and pages need them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from catalog.choices import SuggestionState
from catalog.models import Dataset, DatasetVersion, Profile, RuleSuggestion, SuggestionAnswer
from governance.choices import StandardStatus
from governance.models import StandardVersion

LIVE = (StandardStatus.DRAFT, StandardStatus.PROPOSED, StandardStatus.IN_FORCE)


@dataclass(frozen=True, slots=True)
class Answered:
    """What was said to earlier suggestions about a dataset: rules already taken into a standard that is still
    alive, and rejections as the engine remembers them."""

    accepted: tuple[str, ...]
    rejected: tuple[dict[str, Any], ...]


def answered_for(dataset: Dataset) -> Answered:
    rows = SuggestionAnswer.objects.filter(suggestion__version__dataset=dataset)
    taken = rows.filter(
        answer=SuggestionState.ACCEPTED,
        standard_version__status__in=LIVE,
        standard_version__standard=dataset.standard_id,
    )
    rejected = rows.filter(answer=SuggestionState.REJECTED).select_related("suggestion").order_by("pk")
    return Answered(
        tuple(sorted(set(taken.values_list("suggestion__rule_key", flat=True)))),
        tuple(row.suggestion.as_remembered() for row in rejected),
    )


def profile_of(version: DatasetVersion | None) -> dict[str, Any] | None:
    """The stored profile as the engine made it, `{rows, columns}`; None where there is none."""
    if version is None:
        return None
    rows = {row.column: row.data for row in Profile.objects.filter(version=version)}
    return {"rows": version.rows, "columns": rows} if rows else None


def suggestion_counts(version: DatasetVersion) -> dict[str, int]:
    """How many of the newest check's suggestions are open, accepted, rejected."""
    answers = RuleSuggestion.objects.filter(version=version).current().values_list("reply__answer", flat=True)
    found = Counter(answer or SuggestionState.OPEN for answer in answers)
    return {state: found[state] for state in SuggestionState.values}


def draft_for(dataset: Dataset) -> StandardVersion | None:
    """The newest draft of the dataset's standard, into which an accepted rule goes."""
    rows = StandardVersion.objects.filter(standard=dataset.standard_id, status=StandardStatus.DRAFT)
    return rows.select_related("standard", "created_by").order_by("-created_at", "-pk").first()
