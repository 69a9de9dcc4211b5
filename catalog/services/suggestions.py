"""Writing suggested rules with the check that found them, and what a person answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from catalog.choices import SuggestionState
from catalog.exceptions import SuggestionAnswered
from catalog.models import RuleSuggestion, SuggestionAnswer, ValidationRun
from catalog.services.versions import version_ref
from governance import ledger
from governance.models import StandardVersion, User


def suggestions_write(run: ValidationRun, suggested: Sequence[Mapping[str, Any]]) -> None:
    """Store what the engine suggested (`Suggestion.as_dict()`), in the transaction that stores the run."""
    RuleSuggestion.objects.bulk_create(
        RuleSuggestion(
            run=run,
            version=run.version,
            position=place,
            rule_key=one["id"],
            topic=one["topic"],
            object_name=one["object"],
            kind=one["kind"],
            columns=list(one["columns"]),
            severity=one["severity"],
            dimension=one["dimension"],
            parameters=dict(one["parameters"]),
            change=dict(one["change"]),
            edits=list(one["edits"]),
            sentence_en=one["sentence_en"],
            sentence_zh=one["sentence_zh"],
            why_en=one["why_en"],
            why_zh=one["why_zh"],
            evidence=dict(one["evidence"]),
        )
        for place, one in enumerate(suggested, start=1)
    )


def suggestion_answer(
    *,
    actor: User,
    suggestion: RuleSuggestion,
    answer: str,
    reason: str = "",
    standard_version: StandardVersion | None = None,
) -> SuggestionAnswer:
    """Store the one answer a suggestion gets. Raises SuggestionAnswered."""
    try:
        with transaction.atomic():
            row = SuggestionAnswer.objects.create(
                suggestion=suggestion,
                answer=answer,
                reason=reason,
                standard_version=standard_version,
                by=actor,
            )
            ledger.append(
                type=f"suggestion.{SuggestionState(answer).value}",
                actor=actor,
                subject=version_ref(suggestion.version),
                data=answer_content(row),
            )
    except IntegrityError as error:
        raise SuggestionAnswered from error
    return row


def answer_content(row: SuggestionAnswer) -> dict[str, Any]:
    """What the ledger seals of an answer: which rule, into which draft, why not; no parameter."""
    suggestion, into = row.suggestion, row.standard_version
    return {
        "suggestion": suggestion.uid,
        "rule": suggestion.rule_key,
        "kind": suggestion.kind,
        "columns": list(suggestion.columns),
        "run": suggestion.run.uid,
        "reason": row.reason,
        "standard_version": into.uid if into else "",
    }
