"""What the rules suggested in a case, and how often the committee decided otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from committee.choices import DECISIONS, Advice
from committee.engine.texts import Text
from committee.models import Case
from committee.sealing import NO_ADVICE
from committee.selectors.words import local

AGREES = {"approve": "approved", "conditions": "approved_with_conditions", "reject": "rejected"}


@dataclass(frozen=True, slots=True)
class AdviceLine:
    rule: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Record:
    """How often the committee decided otherwise than suggested, of the cases decided with advice."""

    differed: int
    decided: int


@dataclass(frozen=True, slots=True)
class AdviceView:
    """The advice frozen with a case, its reasons in the reader's language, and the record of such advice."""

    word: str
    label: str
    lines: tuple[AdviceLine, ...]
    record: Record


def advice_of(case: Case, content: dict[str, Any]) -> AdviceView:
    """`content`: the case's dossier. The record is of the other cases with the same action."""
    advice = content.get("advice", NO_ADVICE)
    return AdviceView(
        word=advice["word"],
        label=str(Advice(advice["word"]).label),
        lines=tuple(
            AdviceLine(line["rule"], line["word"], local(Text(line["en"], line["zh"])))
            for line in advice["lines"]
        ),
        record=advice_record(case.action, leave_out=case),
    )


def advice_record(action: str, *, leave_out: Case | None = None) -> Record:
    rows = Case.objects.filter(action=action, outcome__in=DECISIONS).exclude(advice=Advice.NONE)
    if leave_out is not None:
        rows = rows.exclude(pk=leave_out.pk)
    counted = rows.order_by().values_list("advice", "outcome").annotate(count=Count("pk"))
    differed = decided = 0
    for word, outcome, count in counted:
        decided += count
        differed += count if AGREES[word] != outcome else 0
    return Record(differed, decided)
