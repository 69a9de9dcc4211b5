"""Rehearsing a draft: past cases replayed under it, with the ballots cast then; which would end otherwise.

Computed by the engine from each case's own frame and events. Nothing here writes.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from committee import tallying
from committee.choices import CaseOutcome, CaseState, LawKind
from committee.engine import InputFault, tally
from committee.engine.texts import Text
from committee.models import Case, CaseEvent, LawText
from committee.wording import local, outcome_words, reason_words
from governance.permits import instant

MOST_CASES = 200
COUNTED = (
    CaseOutcome.APPROVED,
    CaseOutcome.APPROVED_WITH_CONDITIONS,
    CaseOutcome.REJECTED,
    CaseOutcome.EXPIRED,
    CaseOutcome.INQUORATE,
)
UNREADABLE = "unreadable"
# Long after every deadline: under the draft a case may have to wait where it was closed early.
_AFTER = dt.datetime(2900, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Difference:
    """A past case that would have ended otherwise; outcomes and reason codes before and after."""

    uid: str
    number: str
    title: str
    title_zh: str
    before: str
    after: str
    reasons_before: tuple[str, ...]
    reasons_after: tuple[str, ...]

    @property
    def local_title(self) -> str:
        return local(Text(self.title, self.title_zh))

    @property
    def before_words(self) -> str:
        return outcome_words(self.before)

    @property
    def after_words(self) -> str:
        return outcome_words(self.after)

    @property
    def reason_words(self) -> tuple[str, ...]:
        """Why it would have ended so, in the reader's language."""
        return tuple(reason_words(code) for code in self.reasons_after)

    def as_dict(self) -> dict[str, Any]:
        """As evidence and programs hold it."""
        return {
            "case": self.number,
            "before": self.before,
            "after": self.after,
            "reasons_before": list(self.reasons_before),
            "reasons_after": list(self.reasons_after),
        }


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`replayed`: how many past cases were tried, of `known` in all; the newest first."""

    known: int
    replayed: int
    differences: tuple[Difference, ...]


def rehearses(text: LawText) -> bool:
    """Whether past cases can say anything about it: only rules of counting can be replayed."""
    return text.kind in (LawKind.CHARTER, LawKind.POLICY)


def rehearse(text: LawText) -> Rehearsal:
    """Replay the latest decided cases of the committee with this version in place of the one they had."""
    if not rehearses(text):
        return Rehearsal(0, 0, ())
    past = Case.objects.filter(committee=text.committee, state=CaseState.CLOSED, outcome__in=COUNTED)
    cases = list(past.order_by("-closed_at", "-pk").prefetch_related("amendments")[:MOST_CASES])
    events = _events(cases)
    found = [d for case in cases if (d := _difference(case, events.get(case.pk, []), text))]
    return Rehearsal(past.count(), len(cases), tuple(found))


def _events(cases: list[Case]) -> dict[int, list[dict[str, Any]]]:
    """The events of all the cases in one query."""
    found: dict[int, list[dict[str, Any]]] = {}
    rows = CaseEvent.objects.filter(case__in=[case.pk for case in cases]).order_by("case_id", "seq")
    for pk, data in rows.values_list("case_id", "data"):
        found.setdefault(pk, []).append(json.loads(data))
    return found


def _difference(case: Case, events: list[dict[str, Any]], text: LawText) -> Difference | None:
    outcome, reasons = _replayed(case, events, text)
    if _plain(outcome) == _plain(case.outcome):
        return None
    return Difference(
        uid=case.uid,
        number=case.number,
        title=case.title,
        title_zh=case.title_zh,
        before=case.outcome,
        after=outcome,
        reasons_before=tuple(case.tally.get("reasons", ())),
        reasons_after=reasons,
    )


def _plain(outcome: str) -> str:
    """Approved with or without conditions is one verdict (committee-rules §7)."""
    return CaseOutcome.APPROVED if outcome == CaseOutcome.APPROVED_WITH_CONDITIONS else outcome


def _replayed(case: Case, events: list[dict[str, Any]], text: LawText) -> tuple[str, tuple[str, ...]]:
    frame = json.loads(case.frame)
    for row in case.amendments.all():
        tallying.amend(frame, row.kind, json.loads(row.data))
    _put_in(frame, text)
    try:
        out = tally({**frame, "now": instant(_AFTER), "events": events}).output
    except InputFault:
        return UNREADABLE, ()
    return out["outcome"] or out["state"], tuple(out["reasons"])


def _put_in(frame: dict[str, Any], text: LawText) -> None:
    """The draft in place of what the frame has; a charter keeps the frame's version, which events name."""
    document = text.data
    if text.kind == LawKind.CHARTER:
        frame["charter"] = document | {"version": frame["charter"]["version"]}
        return
    frame["policies"] = [policy for policy in frame["policies"] if policy["id"] != text.code]
    if not text.repeals:
        frame["policies"].append(document)
