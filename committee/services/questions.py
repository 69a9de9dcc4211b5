"""Questions about a case and their answers: insert-only, the digest of each text in the ledger."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from committee.models import Answer, Case, Question
from committee.services import announcing, closing
from governance import ledger, notices
from governance.models import User
from governance.record.canonical import sha256_hex


def text_digest(text: str) -> str:
    return f"sha256:{sha256_hex(text.encode())}"


@transaction.atomic
def question_ask(*, actor: User, case: Case, text: str) -> Question:
    """Write a question; the requester is told."""
    question = Question.objects.create(case=case, by=actor, text=text, at=timezone.now())
    if case.requester_id != actor.pk:
        words = {"number": case.number, "person": actor.name, "text": announcing.quoted(text)}
        notices.send([case.requester], "case_asked", closing.subject_of(case), **words)
    ledger.append(
        type="case.asked",
        actor=actor,
        subject=closing.subject_of(case),
        data={"question": question.uid, "text": text_digest(text)},
    )
    return question


@transaction.atomic
def answer_give(*, actor: User, question: Question, text: str) -> Answer:
    """Write an answer; who asked is told, and so is the requester where somebody else answers."""
    answer = Answer.objects.create(question=question, by=actor, text=text, at=timezone.now())
    told = _told(question, actor)
    words = {"number": question.case.number, "person": actor.name, "text": announcing.quoted(text)}
    notices.send(told, "case_answered", closing.subject_of(question.case), **words)
    ledger.append(
        type="case.answered",
        actor=actor,
        subject=closing.subject_of(question.case),
        data={"answer": answer.uid, "question": question.uid, "text": text_digest(text)},
    )
    return answer


def _told(question: Question, actor: User) -> Iterable[User]:
    return [person for person in (question.by, question.case.requester) if person.pk != actor.pk]
