"""What a person or program may do with the committee's law; it changes by decision only, for everybody."""

from __future__ import annotations

from typing import Any

from committee import permissions, selectors
from committee.actions.checks import bounded
from committee.choices import LawKind, LawStatus
from committee.exceptions import NoCommittee
from committee.models import Committee, LawText
from committee.services import adoption, law
from governance.exceptions import DomainError, InvalidInput, PermitRefused, WrongTransition
from governance.models import User
from governance.outbox import wake_on_commit
from governance.permissions import allow, is_clock
from governance.refusals import governed
from governance.tasks import outbox_send

LONGEST_TITLE, LONGEST_NOTE = 200, 500


@governed("law.draft")
def law_draft(
    *,
    actor: User,
    kind: str,
    document: dict[str, Any],
    committee: Committee | None = None,
    title: str = "",
    title_zh: str = "",
    note: str = "",
    repeals: bool = False,
) -> LawText:
    """Store the next version of a piece of law as a draft; of the first committee unless one is named.

    Access rules and further committees belong to the first committee.
    Raises NotPermitted, NoCommittee, CharterInvalid, LawInWork, InvalidInput.
    """
    allow(permissions.may_draft_law(actor))
    if kind not in LawKind.values:
        raise InvalidInput(field="kind", reason=", ".join(LawKind.values))
    first = selectors.committee()
    if first is None:
        raise NoCommittee
    shared = kind in (LawKind.ACCESS_RULE, LawKind.COMMITTEE)
    return law.law_draft(
        actor=actor,
        committee=first if shared or committee is None else committee,
        kind=kind,
        document=_object(document),
        repeals=repeals,
        **_words(title, title_zh, note),
    )


def _object(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise InvalidInput(field="document", reason="object")
    return document


def _words(title: str, title_zh: str, note: str) -> dict[str, str]:
    return {
        "title": bounded("title", title, LONGEST_TITLE),
        "title_zh": bounded("title_zh", title_zh, LONGEST_TITLE),
        "note": bounded("note", note, LONGEST_NOTE),
    }


@governed("law.edit")
def law_edit(
    *,
    actor: User,
    text: LawText,
    document: dict[str, Any],
    digest: str = "",
    title: str = "",
    title_zh: str = "",
    note: str = "",
    repeals: bool = False,
) -> LawText:
    """Give a draft another text. `digest`: of the text it was edited from; another one is a conflict.

    Raises NotPermitted, LawNotDraft, Conflict, CharterInvalid, InvalidInput.
    """
    allow(permissions.may_draft_law(actor))
    return law.law_edit(
        actor=actor,
        text=text,
        digest=digest,
        document=_object(document),
        repeals=repeals,
        **_words(title, title_zh, note),
    )


@governed("law.propose", atomic=False)
def law_propose(*, actor: User, text: LawText) -> LawText:
    """Freeze a draft, so that a case may be opened about it.

    Raises NotPermitted, WrongTransition, CharterInvalid, LawUnchanged, NoChairLeft, CharterNeverMet,
    Conflict (the draft or the law changed while it was checked).
    """
    allow(permissions.may_draft_law(actor))
    return law.law_propose(actor=actor, text=text)


@governed("law.drop")
def law_drop(*, actor: User, text: LawText) -> LawText:
    """Give up a version not in force. Raises NotPermitted, WrongTransition, LawInCase."""
    allow(permissions.may_draft_law(actor))
    return law.law_drop(actor=actor, text=text)


@governed("law.adopt")
def law_adopt(*, actor: User, text: LawText) -> LawText:
    """Put a proposed version into force; possible only while a permit to adopt its digest is active.

    Nobody is exempt: neither the clock, which does the same, nor a superuser.
    Raises NotPermitted, PermitRefused, WrongTransition, LawWaiting, NoChairLeft, CharterInvalid.
    """
    allow(is_clock(actor) or permissions.may_draft_law(actor))
    if text.status not in (LawStatus.PROPOSED, LawStatus.IN_FORCE):
        raise WrongTransition(source=text.get_status_display(), target=LawStatus.IN_FORCE.label)
    permit = selectors.adoption_permit(text)
    if permit is None:
        raise PermitRefused
    try:
        adoption.law_adopt(actor=actor, text=text, permit=permit)
    except DomainError as error:  # the ledger says of which text, whatever found the fault
        error.params.setdefault("subject_ref", law.subject_of(text))
        raise
    wake_on_commit(outbox_send.delay)
    text.refresh_from_db()
    return text


def law_adopt_due(*, actor: User, text: LawText) -> bool:
    """Put a text into force whose permit is active; called by the clock. True if it is in force now.

    What cannot be adopted is refused once: the ledger hears of it again only when another reason stops it.
    Raises what law_adopt does.
    """
    if selectors.adoption_permit(text) is None or selectors.law_waits(text):
        return False
    refusal = adoption.refusal_now(text)
    if refusal and refusal == selectors.last_refusal(text):
        return False
    return law_adopt(actor=actor, text=text).status == LawStatus.IN_FORCE


@governed("law.take_back")
def law_take_back(*, actor: User, text: LawText) -> bool:
    """Let the version before hold again, because the permit of this one ended; done by the clock."""
    allow(is_clock(actor))
    done = adoption.law_take_back(actor=actor, text=text)
    if done:
        wake_on_commit(outbox_send.delay)
    return done


def law_cases_tell(*, committee: Committee) -> int:
    """Close what still runs under rules no longer in force; called by the clock. How many were told."""
    told = adoption.cases_tell_pending(committee=committee)
    if told:
        wake_on_commit(outbox_send.delay)
    return told
