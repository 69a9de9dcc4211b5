"""Errors of the committee room; a refused event keeps the engine's own code."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.exceptions import DomainError


class CommitteeExists(DomainError):
    code = "committee_exists"
    status = 409
    message = _("The committee is already founded.")
    advice = _("Nothing was changed. Its charter, seats and policies now change by case only.")


class NoCommittee(DomainError):
    code = "no_committee"
    status = 409
    message = _("No committee has been founded yet.")
    advice = _("Found a committee first: its charter, seats and policies in one act.")


class CharterInvalid(DomainError):
    code = "charter_invalid"
    status = 400
    message = _("The charter, a policy or a seat cannot be accepted at %(path)s: %(reason)s.")
    advice = _("Nothing was changed. Correct that place and send it again.")


class CaseExists(DomainError):
    code = "case_exists"
    status = 409
    message = _("A case about the same thing, action, purpose and holder is still undecided.")
    advice = _("Nothing was opened. Follow the open case instead.")


class SubjectUnknown(DomainError):
    code = "subject_unknown"
    status = 404
    message = _("This kind of subject cannot be decided, or the subject does not exist.")
    advice = _("Nothing was opened. Check what the case is about.")


class SubjectNotReady(DomainError):
    code = "subject_not_ready"
    status = 409
    message = _("The subject is not ready for a decision: %(reason)s.")
    advice = _("Nothing was opened. Do that first, then open the case.")


class TermsInvalid(DomainError):
    code = "terms_invalid"
    status = 400
    message = _("The terms asked for cannot be accepted: %(reason)s.")
    advice = _("Nothing was opened. Correct the terms and ask again.")


class CaseSealed(DomainError):
    code = "case_sealed"
    status = 403
    message = _("The ballots of this case are sealed until it closes.")
    advice = _("The file names every ballot. Ask again once the case is closed.")


class ConditionInvalid(DomainError):
    code = "condition_invalid"
    status = 400
    message = _("The condition “%(condition)s” cannot be accepted: %(reason)s.")
    advice = _("No ballot was cast. Correct the condition and vote again.")


class ConditionDuePast(ConditionInvalid):
    code = "condition_due_past"
    message = _("The condition “%(condition)s” would be due before today.")


class ClockMovedBack(DomainError):
    """The server's clock stands before the case's last event; events are never written out of order."""

    code = "clock_moved_back"
    status = 409
    message = _("The server's clock stands before the last event of this case.")
    advice = _("Nothing was recorded. Tell the operators: the clock of the server was moved back.")


class CaseAltered(DomainError):
    """The case's record is not the one the ledger sealed when it was raised."""

    code = "case_altered"
    status = 409
    message = _("The record of this case does not match the ledger: %(reason)s.")
    advice = _("Nothing was decided. Tell the governance team: the record was changed behind its back.")


class EventRefused(DomainError):
    """The engine refused an event; `refusal` is its code (committee-rules §5, §8), in both languages."""

    code = "event_refused"
    status = 409
    message = _("%(sentence)s")
    advice = _("Nothing was recorded in the case.")
    FORBIDDEN: ClassVar[frozenset[str]] = frozenset(
        {
            "actor_not_allowed",
            "not_entitled",
            "seat_ineligible",
            "seat_not_in_office",
            "delegate_ineligible",
            "delegation_not_in_force",
        }
    )

    def __init__(self, *, refusal: str, en: str, zh: str, **params: Any) -> None:
        chinese = (get_language() or "en").startswith("zh")
        super().__init__(sentence=zh if chinese else en, **params)
        self.code = refusal
        self.status = 403 if refusal in self.FORBIDDEN else 409


class AgendaDealt(DomainError):
    code = "agenda_dealt"
    status = 409
    message = _("This point of the agenda was dealt with already.")
    advice = _("Nothing was changed. Its note stands in the list.")


class ConditionUnconfirmable(ConditionInvalid):
    """An adopted condition is confirmed by the presiding member or the secretary, never by its owner."""

    code = "condition_unconfirmable"
    message = _("Nobody but its owner could confirm the condition “%(condition)s”.")
    advice = _("No ballot was cast. Name another owner: presiding member or secretary has to confirm it.")


class StandingInvalid(DomainError):
    """An absence, delegation or standing conflict that cannot be accepted as it is."""

    code = "standing_invalid"
    status = 400
    message = _("This cannot be recorded: %(reason)s.")
    advice = _("Nothing was recorded. Correct it and send it again.")


class StandingOver(DomainError):
    code = "standing_over"
    status = 409
    message = _("It is over already.")
    advice = _("Nothing was changed.")


class QuestionsClosed(DomainError):
    code = "questions_closed"
    status = 409
    message = _("The case is closed; questions are asked while it runs.")
    advice = _("Nothing was recorded. Its questions and answers stay readable.")


class GlassPending(DomainError):
    code = "glass_pending"
    status = 409
    message = _("Somebody else has asked for emergency access in this case and waits for a second person.")
    advice = _("Nothing was recorded. Confirm that request, or wait until it runs out.")


class GlassExpired(DomainError):
    code = "glass_expired"
    status = 409
    message = _("The request for emergency access has run out; the second person has 60 minutes.")
    advice = _("Nothing was opened. Ask again, and have somebody confirm it in time.")


class GlassNotHere(DomainError):
    code = "glass_not_here"
    status = 409
    message = _("There is no emergency access for this kind of case: rules are changed by decision only.")
    advice = _("Nothing was recorded.")


class PredecessorInvalid(DomainError):
    code = "predecessor_invalid"
    status = 409
    message = _("The earlier case cannot be followed by this one: %(reason)s.")
    advice = _("Nothing was opened. Open the case without naming an earlier one.")


class SeatOver(DomainError):
    code = "seat_over"
    status = 409
    message = _("This seat is over already.")
    advice = _("Nothing was changed. Who sits where is on the page of the seats.")


class LawNotDraft(DomainError):
    """Only a draft is edited: what was proposed or decided on never changes."""

    code = "law_not_draft"
    status = 409
    message = _("This version is no draft any more; its text does not change.")
    advice = _("Nothing was changed. Start a new draft from it.")


class LawInWork(DomainError):
    code = "law_in_work"
    status = 409
    message = _("A version of “%(name)s” is being worked on already.")
    advice = _("Nothing was stored. Go on with that one, or drop it first.")


class LawInCase(DomainError):
    code = "law_in_case"
    status = 409
    message = _("Case %(number)s about this version is undecided.")
    advice = _("Nothing was changed. Withdraw the case first.")


class LawUnchanged(DomainError):
    code = "law_unchanged"
    status = 409
    message = _("The draft says the same as what is in force.")
    advice = _("Nothing was proposed. Change the draft, or drop it.")


class CharterNeverMet(DomainError):
    """The engine tried it on made-up cases in which everybody approves; some can never pass."""

    code = "charter_never_met"
    status = 409
    message = _("Under these rules some cases could never be approved: %(reason)s")
    advice = _("Nothing was proposed. Lower what is asked, or fill the seats it asks for.")


class NoChairLeft(DomainError):
    code = "no_chair_left"
    status = 409
    message = _("The committee would be left without a chair.")
    advice = _("Nothing was changed. Let another seat take the chair first.")


class LawWaiting(DomainError):
    """A seat is not put in force while a case counts the person already, or before the term begins."""

    code = "law_waiting"
    status = 409
    message = _("This cannot be put into force yet: %(reason)s.")
    advice = _("Nothing was changed. It comes into force by itself as soon as that is over.")
