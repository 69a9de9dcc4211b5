"""Questions and answers about a case: anybody who sees it asks, those who know it answer."""

from __future__ import annotations

from committee import selectors
from committee.actions.checks import said
from committee.choices import CaseState
from committee.exceptions import QuestionsClosed
from committee.models import Answer, Case, Question
from committee.services import questions
from governance.models import User
from governance.permissions import allow, is_active
from governance.refusals import governed

LONGEST_QUESTION = 4_000


@governed("case.ask")
def question_ask(*, actor: User, case: Case, text: str) -> Question:
    """Raises NotPermitted, QuestionsClosed, InvalidInput."""
    allow(is_active(actor) and Case.objects.visible_to(actor).filter(pk=case.pk).exists())
    _still_open(case)
    return questions.question_ask(actor=actor, case=case, text=said("text", text, LONGEST_QUESTION))


@governed("case.answer")
def answer_give(*, actor: User, question: Question, text: str) -> Answer:
    """By requester, contributors, requesting team, those who care for the subject, seats and secretary.

    Raises NotPermitted, QuestionsClosed, InvalidInput.
    """
    allow(is_active(actor) and selectors.may_answer(actor, question.case))
    _still_open(question.case)
    return questions.answer_give(actor=actor, question=question, text=said("text", text, LONGEST_QUESTION))


def _still_open(case: Case) -> None:
    """Read afresh: the case may have closed since the page was shown."""
    if Case.objects.filter(pk=case.pk, state=CaseState.CLOSED).exists():
        raise QuestionsClosed
