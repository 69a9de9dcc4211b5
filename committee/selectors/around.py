"""Around a case, for one reader: whose ballots they may cast, hints, questions, emergency access, what came
before and after, and what became of the decision."""

from __future__ import annotations

import json
from dataclasses import dataclass

from committee.choices import FOLLOWABLE, CaseState
from committee.models import Case, GlassRequest, Question
from committee.selectors.effects import Step, effect_steps
from committee.selectors.glass import LiveGlass, glass_live, glass_waiting
from committee.selectors.hints import Hint, hints_of, sitting_uids
from committee.selectors.page import CaseView
from committee.selectors.questions import may_answer, questions_of
from committee.selectors.votes import Vote, named_votes, votes_of
from governance.models import User


@dataclass(frozen=True, slots=True)
class Declared:
    """A conflict somebody else declared about the reader."""

    person: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseAround:
    """`hint`: about the reader; `hints`: about all who sit, for presiding member and secretary only."""

    votes: tuple[Vote, ...]
    hint: Hint | None
    hints: tuple[Hint, ...]
    declared: tuple[Declared, ...]
    questions: tuple[Question, ...]
    may_answer: bool
    waiting: GlassRequest | None
    live: LiveGlass | None
    earlier: Case | None
    later: tuple[Case, ...]
    may_follow: bool
    steps: tuple[Step, ...]

    @property
    def voted(self) -> bool:
        return any(vote.voted for vote in self.votes)


def case_around(user: User, view: CaseView) -> CaseAround:
    case = view.case
    hint, hints = _hints(user, view)
    closed = view.state == CaseState.CLOSED
    return CaseAround(
        votes=named_votes(votes_of(user, case)),
        hint=hint,
        hints=hints,
        declared=tuple(_declared(user, case)),
        questions=tuple(questions_of(case)),
        may_answer=not closed and may_answer(user, case),
        waiting=None if closed else glass_waiting(case),
        live=next((live for live in glass_live() if live.case.pk == case.pk), None),
        earlier=case.predecessor,
        later=tuple(Case.objects.visible_to(user).filter(predecessor=case).order_by("pk")),
        may_follow=case.outcome in FOLLOWABLE and closed,
        steps=effect_steps(case, view.permit, view.conditions),
    )


def _hints(user: User, view: CaseView) -> tuple[Hint | None, tuple[Hint, ...]]:
    """While the case is undecided: one's own, until one has voted; everybody's for who keeps the files."""
    if view.state == CaseState.CLOSED:
        return None, ()
    sitting = sitting_uids(view.case, view.output["ineligible"])
    if not view.keeps_files and user.uid not in sitting:
        return None, ()
    found = hints_of(view.case, sitting if view.keeps_files else {user.uid})
    mine = next((hint for hint in found if hint.person.pk == user.pk), None)
    return (None if view.has_voted else mine), (found if view.keeps_files else ())


def _declared(user: User, case: Case) -> list[Declared]:
    rows = case.events.filter(type="conflict_declared").exclude(by=user).select_related("by")
    said = [(row, json.loads(row.data)) for row in rows]
    return [Declared(str(row.by), data["reason"]) for row, data in said if data["member"] == user.uid]
