"""What a person or program may do before a committee: every door (console, API, clock) comes through here."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from committee import permissions, selectors, tallying
from committee.actions.checks import LONGEST_EVIDENCE, WORD, bounded, word
from committee.choices import FOLLOWABLE, BallotChoice, CaseState
from committee.exceptions import (
    ConditionDuePast,
    ConditionInvalid,
    ConditionUnconfirmable,
    NoCommittee,
    PredecessorInvalid,
    SubjectUnknown,
    TermsInvalid,
)
from committee.kinds.base import Asked
from committee.kinds.registry import KINDS, kind_for
from committee.kinds.wholes import follows
from committee.models import Case, Committee
from committee.services import cases
from governance import registry
from governance.actions.checks import HIDDEN_IN_TEXT
from governance.exceptions import Conflict, InvalidInput
from governance.models import Permit, Team, User
from governance.outbox import wake_on_commit
from governance.permissions import allow
from governance.permits import holders_of
from governance.refusals import governed
from governance.subject_ref import SubjectRef
from governance.tasks import outbox_send

MOST_CONDITIONS = 10
LONGEST_DEFERRAL = 366


@governed("case.open", atomic=False)
def case_open(
    *,
    actor: User,
    action: str,
    subject: SubjectRef,
    purpose: str,
    team: Team,
    terms: dict[str, Any] | None = None,
    reason: str = "",
    predecessor: Case | None = None,
) -> Case:
    """Raise a case and open it for voting. The permit's holder will be the requesting team, or who asks
    where the terms say `holder_self`.

    `predecessor`: the closed case it follows, about the same thing. The evidence is computed before the
    transaction, which others would wait for; a subject or law that changes meanwhile is a conflict.

    Raises PredecessorInvalid, NoCommittee, SubjectUnknown, SubjectNotReady, TermsInvalid, CaseExists,
    NotPermitted, InvalidInput, Conflict.
    """
    allow(permissions.may_raise(actor, team))
    committee = Committee.objects.order_by("pk").first()
    if committee is None:
        raise NoCommittee
    kind = kind_for(subject.kind, action)
    known = registry.kind_of(subject.kind)
    if known is None or not known.visible(actor, subject.id):
        raise SubjectUnknown
    if predecessor is not None:
        _check_predecessor(predecessor, subject)
    checked = kind.asked_terms(subject.id, terms or {})
    given: dict[str, Any] = {
        "action": action,
        "subject": subject,
        "purpose": word("purpose", purpose),
        "terms": checked,
        "reason": bounded("reason", reason),
        "holder": _holder(actor, team, checked, purpose),
    }
    asked = Asked(subject, action, given["purpose"], 0, checked)
    evidence = cases.evidence_about(kind, asked)
    with transaction.atomic():
        case = cases.case_raise(
            actor=actor,
            committee=committee,
            team=team,
            facts=evidence.facts,
            evidence=evidence,
            predecessor=predecessor,
            **given,
        )
        return record_event(actor, case, "open")


def _holder(actor: User, team: Team, terms: dict[str, Any], purpose: str) -> str:
    """Who will hold the permit: the team, or the person where the terms say so.

    A renewed one keeps its holder and purpose, and who may use it asks. Raises NotPermitted, TermsInvalid.
    """
    if "of" in terms:
        old = Permit.objects.get(uid=terms["of"])
        allow(old.holder in holders_of(actor))
        if old.purpose != purpose:
            raise TermsInvalid(reason=f"purpose: {old.purpose}")
        return old.holder
    return f"user:{actor.uid}" if terms.get("holder_self") else f"team:{team.uid}"


def _check_predecessor(earlier: Case, subject: SubjectRef) -> None:
    """Raises PredecessorInvalid where nothing follows the earlier case, or it was about something else."""
    if earlier.outcome not in FOLLOWABLE:
        raise PredecessorInvalid(reason=_("it is undecided, or was approved"))
    if not follows((earlier.subject_kind, earlier.subject_id), (subject.kind, subject.id)):
        raise PredecessorInvalid(reason=_("it was about something else"))


def record_event(
    actor: User | None, case: Case, type: str, noted: dict[str, Any] | None = None, **fields: Any
) -> Case:
    done = cases.case_event_record(actor=actor, case=case, type=type, fields=fields, noted=noted)
    wake_on_commit(outbox_send.delay)
    return done


def ballot_cast(
    *,
    actor: User,
    case: Case,
    choice: str,
    seat: str = "",
    rationale: str = "",
    conditions: Sequence[dict[str, Any]] = (),
    bound_to: str = "",
    no_interest: bool = False,
) -> Case:
    """Cast or change a ballot, for one's own seat unless another is named.

    `bound_to` is the digest the voter read; another than the case's is refused. `no_interest`: the voter
    states to have no interest, kept in the ledger.

    Raises EventRefused, InvalidInput, ConditionInvalid, ConditionDuePast, Conflict.
    """
    # Outside the ballot's transaction: that the subject changed stays a fact when the ballot is refused.
    case_subject_check(actor=None, case=case)
    return _ballot_cast(
        actor=actor,
        case=case,
        choice=choice,
        seat=seat,
        rationale=rationale,
        conditions=conditions,
        bound_to=bound_to,
        no_interest=no_interest,
    )


@governed("case.ballot")
def _ballot_cast(
    *,
    actor: User,
    case: Case,
    choice: str,
    seat: str,
    rationale: str,
    conditions: Sequence[dict[str, Any]],
    bound_to: str,
    no_interest: bool,
) -> Case:
    if bound_to and bound_to != case.subject_digest:
        raise Conflict
    if choice not in BallotChoice.values:
        raise InvalidInput(field="choice", reason=", ".join(BallotChoice.values))
    fields: dict[str, Any] = {"seat": seat or own_seat(case, actor), "choice": choice}
    text = bounded("rationale", rationale)
    if text:
        fields["rationale"] = text
    if conditions:
        fields["conditions"] = _conditions(case, choice, conditions)
    return record_event(actor, case, "ballot", {"no_interest": 1} if no_interest else None, **fields)


def _conditions(case: Case, choice: str, asked: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Conditions as the engine reads them. Raises ConditionInvalid, ConditionDuePast."""
    if choice != BallotChoice.APPROVE:
        raise ConditionInvalid(
            condition=asked[0].get("id", ""), reason=_("only an approval carries conditions")
        )
    if len(asked) > MOST_CONDITIONS:
        reason = _("at most %(most)s conditions") % {"most": MOST_CONDITIONS}
        raise ConditionInvalid(condition=asked[MOST_CONDITIONS].get("id", ""), reason=reason)
    checked = [_condition(case, condition) for condition in asked]
    names = [condition["id"] for condition in checked]
    for name in names:
        if names.count(name) > 1:
            raise ConditionInvalid(condition=name, reason=_("its name is given twice"))
    keepers = selectors.confirmers(case)
    for condition in checked:
        if not keepers - {condition["owner"]}:
            raise ConditionUnconfirmable(condition=condition["id"], reason="")
    return checked


def _condition(case: Case, asked: dict[str, Any]) -> dict[str, Any]:
    name = str(asked.get("id", ""))[:80]
    evidence = str(asked.get("evidence", "")).strip()
    if not WORD.fullmatch(name):
        raise ConditionInvalid(condition=name, reason=_("its name needs 1 to 80 letters, digits, - and _"))
    if not evidence or len(evidence) > LONGEST_EVIDENCE or HIDDEN_IN_TEXT.search(evidence):
        raise ConditionInvalid(
            condition=name, reason=_("it has to say what proves it, in at most 2,000 characters")
        )
    if asked.get("when") not in {"before_use", "by_due"}:
        raise ConditionInvalid(condition=name, reason=_("it has to hold before use or by the due day"))
    if not User.objects.filter(uid=str(asked.get("owner", ""))[:64], is_active=True).exists():
        raise ConditionInvalid(condition=name, reason=_("its owner is unknown or has left"))
    due = _due(case, name, str(asked.get("due", "")))
    return {"id": name, "owner": asked["owner"], "due": due, "when": asked["when"], "evidence": evidence}


def _due(case: Case, name: str, text: str) -> str:
    try:
        due = dt.date.fromisoformat(text)
    except ValueError as error:
        raise ConditionInvalid(condition=name, reason=_("its due day is no date")) from error
    zone = ZoneInfo(json.loads(case.frame)["calendar"]["timezone"])
    if due < timezone.localdate(timezone=zone):
        raise ConditionDuePast(condition=name, reason="")
    return due.isoformat()


def own_seat(case: Case, user: User) -> str:
    """The seat a person sits in or is alternate of, as the case was framed or was told since.

    Raises EventRefused for somebody not seated, with the engine's code: the case's state comes first.
    """
    for seat in reversed(tallying.seats_known(case)):
        if user.uid in {seat["member"], (seat.get("alternate") or {}).get("member")}:
            return str(seat["id"])
    state = Case.objects.values_list("state", flat=True).get(pk=case.pk)
    if state == CaseState.CLOSED:
        raise cases.refusal(case, "case_closed")
    raise cases.refusal(case, "not_entitled" if state == CaseState.OPEN else "not_open")


@governed("case.return")
def case_return(*, actor: User, case: Case, reason: str) -> Case:
    return record_event(actor, case, "returned", reason=bounded("reason", reason))


@governed("case.defer")
def case_defer(*, actor: User, case: Case, reason: str, until: dt.date) -> Case:
    """Put off until a day, when it resumes by itself: the presiding member only. Raises EventRefused."""
    if (until - timezone.localdate()).days > LONGEST_DEFERRAL:
        raise InvalidInput(
            field="until", reason=_("more than %(most)s days ahead") % {"most": LONGEST_DEFERRAL}
        )
    text = bounded("reason", reason)
    return record_event(actor, case, "deferred", reason=text, until=until.isoformat())


@governed("case.resume")
def case_resume(*, actor: User, case: Case) -> Case:
    return record_event(actor, case, "resumed")


@governed("case.withdraw")
def case_withdraw(*, actor: User, case: Case) -> Case:
    return record_event(actor, case, "withdrawn")


@governed("case.declare_conflict")
def conflict_declare(*, actor: User, case: Case, member: User, reason: str) -> Case:
    return record_event(actor, case, "conflict_declared", member=member.uid, reason=bounded("reason", reason))


@governed("case.condition_met")
def condition_confirm(*, actor: User, case: Case, condition: str, evidence: str) -> Case:
    """Raises EventRefused, InvalidInput (no evidence in words)."""
    text = bounded("evidence", evidence, LONGEST_EVIDENCE)
    if not text:
        raise InvalidInput(field="evidence", reason=_("say what proves it"))
    return record_event(actor, case, "condition_met", condition=word("condition", condition), evidence=text)


@governed("permit.revoke")
def permit_revoke(*, actor: User, case: Case, reason: str) -> Case:
    """End a permit for good; its runs are stopped by whoever reacts to `permit.ended`."""
    return record_event(actor, case, "revoked", reason=bounded("reason", reason))


def case_subject_check(*, actor: User | None, case: Case) -> bool:
    """Compare the subject's digest now with the decided one; a difference becomes an event (a fact).

    False where the kind is not one we know or the subject cannot be found: neither is a change of its bytes.
    """
    kind = KINDS.get((case.subject_kind, case.action))
    present = kind.digest(case.subject_id) if kind else ""
    if not present or present == case.subject_digest or _known_change(case, present):
        return False
    record_event(actor, case, "subject_changed", digest=present)
    return True


def _known_change(case: Case, digest: str) -> bool:
    return case.events.filter(type="subject_changed", data__contains=digest).exists()


def case_settle(*, case: Case) -> bool:
    """Automatic steps due by now (deadline, early closing); called by the clock for every case with work."""
    changed = cases.case_settle(case=case)
    if changed:
        wake_on_commit(outbox_send.delay)
    return changed


def case_of_permit(permit: Permit) -> Case | None:
    return Case.objects.filter(number=permit.case_id).first()
