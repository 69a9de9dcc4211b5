"""What a person or program may do before a committee. Every door (console, API, command, clock) comes through here."""

from __future__ import annotations

from typing import Any

from committee import permissions
from committee.exceptions import NoCommittee
from committee.kinds.registry import KINDS, kind_for
from committee.models import Case, Committee
from committee.services import cases, founding
from governance.exceptions import InvalidInput, NotFound
from governance.models import Permit, Team, User
from governance.outbox import wake_on_commit
from governance.permissions import allow
from governance.refusals import governed
from governance.subject_ref import SubjectRef
from governance.tasks import outbox_send

LONGEST_TEXT = 20_000


@governed("committee.found")
def committee_found(*, actor: User, plan: founding.Founding) -> Committee:
    """Possible once, by the governance team, while no committee exists. Raises CommitteeExists, CharterInvalid."""
    allow(permissions.may_found(actor))
    return founding.committee_found(actor=actor, founding=plan)


@governed("case.open")
def case_open(
    *,
    actor: User,
    action: str,
    subject: SubjectRef,
    purpose: str,
    team: Team,
    terms: dict[str, Any] | None = None,
    reason: str = "",
) -> Case:
    """Raise a case and open it for voting. The permit's holder will be the requesting team.

    Raises NoCommittee, SubjectUnknown, SubjectNotReady, TermsInvalid, CaseExists, NotPermitted.
    """
    allow(permissions.may_raise(actor, team))
    committee = Committee.objects.order_by("pk").first()
    if committee is None:
        raise NoCommittee
    kind = kind_for(subject.kind, action)
    _bounded("reason", reason)
    case = cases.case_raise(
        actor=actor,
        committee=committee,
        action=action,
        subject=subject,
        purpose=purpose,
        team=team,
        holder=f"team:{team.uid}",
        terms=kind.check_terms(terms or {}),
        reason=reason,
        facts=kind.facts(subject.id),
    )
    return _event(actor, case, "open")


def _bounded(field: str, text: str) -> str:
    """Refuse texts nobody would read, and control characters that hide what a name says."""
    if len(text) > LONGEST_TEXT:
        raise InvalidInput(field=field, reason=f"> {LONGEST_TEXT}")
    return text


def _event(actor: User | None, case: Case, type: str, **fields: Any) -> Case:
    done = cases.case_event_record(actor=actor, case=case, type=type, fields=fields)
    wake_on_commit(outbox_send.delay)
    return done


@governed("case.ballot")
def ballot_cast(
    *,
    actor: User,
    case: Case,
    choice: str,
    seat: str = "",
    rationale: str = "",
    conditions: list[dict[str, Any]] | None = None,
) -> Case:
    """Cast or change a ballot, for one's own seat unless another is named. Raises EventRefused, InvalidInput."""
    case_subject_check(actor=actor, case=case)
    fields: dict[str, Any] = {"seat": seat or own_seat(case, actor), "choice": choice}
    if rationale.strip():
        fields["rationale"] = _bounded("rationale", rationale.strip())
    if conditions:
        fields["conditions"] = conditions
    return _event(actor, case, "ballot", **fields)


def own_seat(case: Case, user: User) -> str:
    """The seat a person sits in or is alternate of. Raises NotFound for somebody not seated."""
    for seat in case.committee.seats.in_office().select_related("member", "alternate"):
        if user in (seat.member, seat.alternate):
            return seat.code
    raise NotFound


@governed("case.return")
def case_return(*, actor: User, case: Case, reason: str) -> Case:
    return _event(actor, case, "returned", reason=_bounded("reason", reason))


@governed("case.resume")
def case_resume(*, actor: User, case: Case) -> Case:
    return _event(actor, case, "resumed")


@governed("case.withdraw")
def case_withdraw(*, actor: User, case: Case) -> Case:
    return _event(actor, case, "withdrawn")


@governed("case.declare_conflict")
def conflict_declare(*, actor: User, case: Case, member: User, reason: str) -> Case:
    return _event(actor, case, "conflict_declared", member=member.uid, reason=_bounded("reason", reason))


@governed("case.condition_met")
def condition_confirm(*, actor: User, case: Case, condition: str, evidence: str) -> Case:
    return _event(actor, case, "condition_met", condition=condition, evidence=_bounded("evidence", evidence))


@governed("permit.revoke")
def permit_revoke(*, actor: User, case: Case, reason: str) -> Case:
    """End a permit for good; its runs are stopped by whoever reacts to `permit.ended`."""
    return _event(actor, case, "revoked", reason=_bounded("reason", reason))


def case_subject_check(*, actor: User | None, case: Case) -> bool:
    """Compare the subject's digest now with the decided one; a difference becomes an event (a fact)."""
    kind = KINDS[case.subject_kind]
    present = kind.digest(case.subject_id)
    if not present or present == case.subject_digest or _known_change(case, present):
        return False
    _event(None, case, "subject_changed", digest=present)
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
