"""Law that comes into force, or stops being it, with everything that follows in the same transaction.

A version comes into force while the permit of its case is active; when that permit is revoked, void or lapsed
the version before holds again. Cases that run under changed rules close as superseded (committee-rules §4).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from committee import drafting, tallying, waiting
from committee.choices import LawKind, LawStatus
from committee.engine.facts import Policy
from committee.engine.rules import matching
from committee.engine.tallying import inputs_of
from committee.exceptions import LawWaiting, NoChairLeft
from committee.models import Case, Committee, LawText
from committee.selectors.law import permit_ended
from committee.services import agenda, announcing, cases, founding, seating_changes
from committee.services.law import founding_of, law_move, record, subject_of
from governance import notices
from governance.database.locks import locked
from governance.exceptions import DomainError
from governance.models import Permit, User
from governance.permits import instant
from governance.services.access import access_rule_set


@transaction.atomic
def law_adopt(*, actor: User | None, text: LawText, permit: Permit) -> bool:
    """proposed → in force under an adoption permit; the version before it is superseded.

    False where it is in force already (a reactor may run twice).
    Raises LawWaiting, NoChairLeft, CharterInvalid.
    """
    seating_changes.cases_locked(text.committee)
    fresh = locked(LawText.objects.filter(pk=text.pk)).get()
    if fresh.status == LawStatus.IN_FORCE:
        return False
    _check_time(fresh)
    former = drafting.in_force(fresh.committee, fresh.kind, fresh.code)
    if former is not None:
        law_move(former, LawStatus.IN_FORCE, LawStatus.SUPERSEDED)
    law_move(fresh, LawStatus.PROPOSED, LawStatus.IN_FORCE, adopted_at=timezone.now(), adopted_by=permit.uid)
    done = _EFFECTS[LawKind(fresh.kind)](actor, fresh)
    _tell_members(fresh, "law_in_force")
    if former is not None:
        record("law.superseded", actor, former, by=fresh.uid)
    record("law.adopted", actor, fresh, permit=permit.uid, **done)
    return True


def refusal_now(text: LawText) -> str:
    """Code of what would refuse the text now, "" for nothing; for the clock, which asks at every tick.

    What a founding needs is tried out in a savepoint, all else only read.
    """
    try:
        _check_time(text)
        if text.kind == LawKind.COMMITTEE:
            founding.founding_check(founding_of(text))
    except DomainError as error:
        return error.code
    return ""


def _check_time(text: LawText) -> None:
    """Once more what may have changed since it was proposed."""
    drafting.check_people(text)
    drafting.check_with_engine(text)
    if drafting.leaves_chair_empty(text):
        raise NoChairLeft(subject_ref=subject_of(text))
    wait = waiting.waits_for(text)
    if wait:
        raise LawWaiting(reason=wait.words, subject_ref=subject_of(text))


@transaction.atomic
def law_take_back(*, actor: User | None, text: LawText) -> bool:
    """in force → superseded, as its permit ended; the version before it whose permit did not holds again.

    False where there is nothing to take back.
    """
    seating_changes.cases_locked(text.committee)
    fresh = locked(LawText.objects.filter(pk=text.pk)).get()
    if fresh.status != LawStatus.IN_FORCE or not ended_badly(fresh):
        return False
    former = former_of(fresh)
    law_move(fresh, LawStatus.IN_FORCE, LawStatus.SUPERSEDED)
    if former is not None:
        law_move(former, LawStatus.SUPERSEDED, LawStatus.IN_FORCE)
    done = _take_back_effect(actor, fresh, former)
    words = {"kind": fresh.kind, "name": fresh.code, "number": fresh.number}
    agenda.entry_add(fresh.committee, "law_taken_back", subject_of(fresh), **words)
    _tell_members(fresh, "law_taken_back")
    if former is None:
        record("law.superseded", actor, fresh, **done)
    else:
        record("law.superseded", actor, fresh, by=former.uid)
        record("law.restored", actor, former, instead_of=fresh.uid, **done)
    return True


def _tell_members(text: LawText, code: str) -> None:
    people = announcing.holders_of(text.committee)
    notices.send(people, code, subject_of(text), name=f"{text.code} {text.number}")


def ended_badly(text: LawText) -> bool:
    """Whether the permit that adopted it ended before its time; what was founded has none."""
    return bool(text.adopted_by) and permit_ended(text)


def former_of(text: LawText) -> LawText | None:
    """The version that was in force last before it and may be again."""
    rows = LawText.objects.filter(committee=text.committee, kind=text.kind, code=text.code)
    earlier = rows.filter(status=LawStatus.SUPERSEDED, adopted_at__lte=text.adopted_at or timezone.now())
    return next((row for row in earlier.order_by("-adopted_at", "-number") if not ended_badly(row)), None)


def _rules_changed(actor: User | None, text: LawText) -> dict[str, Any]:
    return {"cases": cases_tell(text.committee)}


def _access(actor: User | None, text: LawText) -> dict[str, Any]:
    document = text.data
    level = document["min_level"]
    access_rule_set(actor=actor, action=document["action"], min_level=level, text=subject_of(text))
    return {}


def _seat(actor: User | None, text: LawText) -> dict[str, Any]:
    return seating_changes.place_fill(text)


def _founding(actor: User | None, text: LawText) -> dict[str, Any]:
    body = founding.committee_add(actor=actor, founding=founding_of(text))
    return {"committee": body.uid}


_EFFECTS: dict[LawKind, Callable[[User | None, LawText], dict[str, Any]]] = {
    LawKind.CHARTER: _rules_changed,
    LawKind.POLICY: _rules_changed,
    LawKind.ACCESS_RULE: _access,
    LawKind.SEAT: _seat,
    LawKind.COMMITTEE: _founding,
}


def _take_back_effect(actor: User | None, text: LawText, former: LawText | None) -> dict[str, Any]:
    """A committee that was founded stays; without law of its founding it is given no cases any more."""
    if text.kind in (LawKind.CHARTER, LawKind.POLICY):
        return _rules_changed(actor, text)
    if text.kind == LawKind.SEAT:
        return seating_changes.place_restore(text, former)
    if text.kind == LawKind.ACCESS_RULE:
        level = former.data["min_level"] if former else None
        about = subject_of(former or text)
        access_rule_set(actor=actor, action=text.code, min_level=level, text=about)
    return {}


def cases_tell_pending(committee: Committee) -> int:
    """As `cases_tell`, for the clock: without a lock where no case is framed under other rules."""
    body = tallying.body_frame(committee)
    running = Case.objects.undecided().filter(committee=committee).select_related("committee")
    return cases_tell(committee) if any(_to_tell(case, body) for case in running.order_by("pk")) else 0


def _to_tell(case: Case, body: dict[str, Any]) -> bool:
    """Whether the case has to be told, or cannot be read, which the telling deals with."""
    try:
        return bool(changed_rule(case, body))
    except seating_changes.UNREADABLE:
        return True


@transaction.atomic
def cases_tell(committee: Committee) -> int:
    """Tell every undecided case framed under other rules than those in force; how many were told.

    A case whose record cannot be read keeps the law from nobody else: it goes onto the agenda.
    """
    told = 0
    body = tallying.body_frame(committee)
    for case in Case.objects.undecided().filter(committee=committee).order_by("pk"):
        told += seating_changes.attempt(case, lambda c: _tell(c, body))
    return told


def _tell(case: Case, body: dict[str, Any]) -> bool:
    version = changed_rule(case, body)
    if version:
        cases.case_event_record(actor=None, case=case, type="policy_changed", fields={"version": version})
    return bool(version)


def changed_rule(case: Case, body: dict[str, Any]) -> str:
    """Name of the rule that is another now than in the case's frame and concerns it; "" for none."""
    frame = tallying.frame_of(case)
    if frame["charter"] != body["charter"]:
        return str(body["charter"]["version"])
    inputs = inputs_of({**frame, "now": instant(timezone.now()), "events": []})

    def matched(policies: list[dict[str, Any]]) -> dict[str, Any]:
        known = [Policy(p["id"], p["match"], p["set"]) for p in policies]
        return {p.id: {"match": p.match, "set": p.set} for p in matching(known, inputs.question)}

    before, after = matched(frame["policies"]), matched(body["policies"])
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    return _policy_version(case.committee, names[0]) if names else ""


def _policy_version(committee: Committee, code: str) -> str:
    """`code:number` of the version in force, or of the last one, as the engine's names allow."""
    rows = LawText.objects.filter(committee=committee, kind=LawKind.POLICY, code=code)
    number = rows.exclude(adopted_at=None).order_by("-number").values_list("number", flat=True).first() or 0
    return f"{code[:70]}:{number}"
