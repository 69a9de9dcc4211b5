"""Permits: who may use which bytes for what, now. Asked at the moment of acting (house: promise 1).

`require` and `check` only read. `reserve` and `settle` write PermitUse rows under the permit's lock.
Writing permits themselves is governance.services.decisions' business alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from governance import exceptions as errors
from governance import ledger
from governance.choices import PermitEventKind, PermitKind, PermitStatus, PermitUseKind
from governance.database.locks import locked
from governance.models import Membership, Permit, PermitEvent, PermitUse, User
from governance.record.permit import ConditionFacts, PermitFacts, permit_status, sign_grant, verify_grant
from governance.subject_ref import SubjectRef

ALL_COLUMNS = "*"
RECERTIFY = "recertify"


@dataclass(frozen=True, slots=True)
class Use:
    """What somebody wants to do: every field is compared with the grant."""

    action: str
    subject: SubjectRef
    purpose: str
    actor: User
    job_kind: str = ""
    columns: tuple[str, ...] = ()
    cpu_seconds: int = 0
    device_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a permit (None: without limit) and what was used of them."""

    runs: int | None
    runs_used: int
    cpu_seconds: int | None
    cpu_seconds_used: float
    device_seconds: int | None
    device_seconds_used: float


def signing_key(key_id: str | None = None) -> tuple[str, bytes]:
    """The key of an id, or the current one (the last of the ring). PermitSignatureInvalid if unknown."""
    ring: dict[str, bytes] = settings.GAVEL_PERMIT_KEYS
    name = key_id or list(ring)[-1]
    if name not in ring:
        raise errors.PermitSignatureInvalid
    return name, ring[name]


def instant(value: dt.datetime) -> str:
    """UTC with whole seconds and Z, as committee-rules §2 prints instants."""
    return value.astimezone(dt.UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def exact(value: dt.datetime) -> str:
    """UTC with microseconds: what the ledger seals of a stored instant, so that no part of it can change."""
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")


def grant_of(permit: Permit) -> dict[str, Any]:
    """The grant as it was signed: every field of it is under the signature."""
    return {
        "uid": permit.uid,
        "kind": permit.kind,
        "subject": {"kind": permit.subject_kind, "id": permit.subject_id, "digest": permit.subject_digest},
        "action": permit.action,
        "purpose": permit.purpose,
        "holder": permit.holder,
        "terms": permit.terms,
        "conditions": permit.conditions,
        "valid_from": instant(permit.valid_from),
        "valid_until": instant(permit.valid_until),
        "decision": permit.decision.uid if permit.decision_id and permit.decision else "",
        "key_id": permit.key_id,
    }


def signature_of(permit: Permit) -> str:
    _key_id, key = signing_key(permit.key_id)
    return sign_grant(grant_of(permit), key)


def is_authentic(permit: Permit) -> bool:
    """Whether the stored row still matches its signature (a row edited in the database does not)."""
    try:
        _key_id, key = signing_key(permit.key_id)
    except errors.PermitSignatureInvalid:
        return False
    return verify_grant(grant_of(permit), permit.signature, key)


def facts_of(permit: Permit) -> PermitFacts:
    """The permit as plain facts for the pure status function; reads `permit.events` (prefetch them)."""
    events = list(permit.events.all())

    def first(kind: str) -> dt.datetime | None:
        return next((e.at for e in events if e.kind == kind), None)

    met = {e.condition: e.at for e in events if e.kind == PermitEventKind.CONDITION_MET}
    return PermitFacts(
        kind="break_glass" if permit.kind == PermitKind.BREAK_GLASS else "decision",
        valid_from=permit.valid_from,
        valid_until=permit.valid_until,
        conditions=tuple(_condition(c, met) for c in permit.conditions),
        revoked_at=first(PermitEventKind.REVOKED),
        void_at=first(PermitEventKind.VOID),
        ended_at=first(PermitEventKind.ENDED),
    )


def _condition(raw: dict[str, Any], met: dict[str, dt.datetime]) -> ConditionFacts:
    return ConditionFacts(
        id=raw["id"],
        when="before_use" if raw["when"] == "before_use" else "by_due",
        due_end=dt.datetime.fromisoformat(raw["due_end"]) if raw.get("due_end") else None,
        met_at=met.get(raw["id"]),
    )


def action_of(permit: Permit) -> str:
    """What a permit lets one do. One given by recertification does what the renewed one did: its own action
    says how it came about, so that law for recertifying can differ from law for granting.
    """
    return str(permit.terms.get("action", "")) if permit.action == RECERTIFY else permit.action


def granting(*actions: str) -> Q:
    """The condition `action_of(permit) in actions`, for queries over permits."""
    return Q(action__in=actions) | Q(action=RECERTIFY, terms__action__in=actions)


def status_of(permit: Permit, at: dt.datetime | None = None) -> str:
    """Status by committee-rules §10; computed, never stored."""
    return permit_status(facts_of(permit), at or timezone.now())


def check(permit_uid: str) -> str:
    """Status and authenticity of one permit in one read; writes nothing. `void` if the row was changed."""
    permit = (
        Permit.objects.select_related("decision").prefetch_related("events").filter(uid=permit_uid).first()
    )
    if permit is None or not is_authentic(permit):
        return PermitStatus.VOID
    return status_of(permit)


def checks(permit_uids: Sequence[str]) -> dict[str, str]:
    """As `check`, of many permits at once; two queries."""
    rows = Permit.objects.filter(uid__in=permit_uids).select_related("decision").prefetch_related("events")
    known = {row.uid: status_of(row) if is_authentic(row) else PermitStatus.VOID for row in rows}
    return {uid: known.get(uid, PermitStatus.VOID) for uid in permit_uids}


def ran_out(now: dt.datetime) -> QuerySet[Permit]:
    """Permits whose last day is over, that nothing ended before and no condition of which could lapse: their
    status does not change any more.
    """
    ended = PermitEvent.objects.filter(permit=OuterRef("pk")).exclude(kind=PermitEventKind.CONDITION_MET)
    return Permit.objects.filter(~Exists(ended), valid_until__lte=now, conditions=[])


def holders_of(user: User) -> set[str]:
    """The holder words a person may act under: their own and their present teams'; a leaver: none."""
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        return set()
    teams = Membership.objects.filter(user=user).current().values_list("team__uid", flat=True)
    return {f"user:{user.uid}", *(f"team:{uid}" for uid in teams)}


def live_for(subject_kind: str, subject_id: str) -> list[Permit]:
    """Every permit about a subject, newest first, with decision and events loaded."""
    rows = Permit.objects.filter(subject_kind=subject_kind, subject_id=subject_id)
    return list(rows.select_related("decision").prefetch_related("events"))


def require(use: Use, *, at: dt.datetime | None = None) -> Permit:
    """Return the permit that covers the use.

    Raises the PermitRefused subclass of the candidate that came nearest, PermitRefused itself without any.
    """
    holders = holders_of(use.actor)
    nearest: tuple[int, errors.PermitRefused] | None = None
    for permit in live_for(use.subject.kind, use.subject.id):
        if action_of(permit) != use.action:
            continue
        refusal = _refusal(permit, use, holders, at)
        if refusal is None:
            return permit
        if nearest is None or refusal[0] > nearest[0]:
            nearest = refusal
    raise nearest[1] if nearest else errors.PermitRefused


def covers(permit: Permit, use: Use, *, at: dt.datetime | None = None) -> None:
    """Raise the reason why this very permit does not cover the use; the worker's second look."""
    refusal = _refusal(permit, use, holders_of(use.actor), at)
    if refusal is not None:
        raise refusal[1]


def covers_reserved(permit: Permit, use: Use, *, at: dt.datetime | None = None) -> None:
    """As `covers`, for a job that already took its place in the budget: everything but the budget."""
    refusal = _refusal(permit, use, holders_of(use.actor), at, skip_budget=True)
    if refusal is not None:
        raise refusal[1]


def _refusal(
    permit: Permit, use: Use, holders: set[str], at: dt.datetime | None, *, skip_budget: bool = False
) -> tuple[int, errors.PermitRefused] | None:
    """Why a permit does not cover a use, with how many checks it passed first; None if it does."""
    checks = (
        _signature_fault,
        _subject_fault,
        _holder_fault,
        _purpose_fault,
        _job_kind_fault,
        _columns_fault,
        _status_fault,
        _budget_fault,
    )
    for passed, test in enumerate(checks[:-1] if skip_budget else checks):
        fault = test(permit, use, holders, at)
        if fault is not None:
            return passed, fault
    return None


Fault = errors.PermitRefused | None


def _signature_fault(permit: Permit, _use: Use, _holders: set[str], _at: dt.datetime | None) -> Fault:
    return None if is_authentic(permit) else errors.PermitSignatureInvalid()


def _subject_fault(permit: Permit, use: Use, _holders: set[str], _at: dt.datetime | None) -> Fault:
    wanted, given = use.subject, SubjectRef(permit.subject_kind, permit.subject_id, permit.subject_digest)
    return None if wanted == given and action_of(permit) == use.action else errors.PermitDigestMismatch()


def _holder_fault(permit: Permit, _use: Use, holders: set[str], _at: dt.datetime | None) -> Fault:
    return None if permit.holder in holders else errors.PermitHolderMismatch()


def _purpose_fault(permit: Permit, use: Use, _holders: set[str], _at: dt.datetime | None) -> Fault:
    return None if permit.purpose == use.purpose else errors.PermitPurposeMismatch(purpose=use.purpose)


def _job_kind_fault(permit: Permit, use: Use, _holders: set[str], _at: dt.datetime | None) -> Fault:
    allowed = permit.terms.get("job_kinds", [])
    fits = not use.job_kind or use.job_kind in allowed
    return None if fits else errors.PermitJobKindMismatch(job_kind=use.job_kind)


def _columns_fault(permit: Permit, use: Use, _holders: set[str], _at: dt.datetime | None) -> Fault:
    beyond = columns_beyond(permit.terms, use.columns)
    return errors.PermitColumnsExceeded(columns=", ".join(beyond)) if beyond else None


def _status_fault(permit: Permit, _use: Use, _holders: set[str], at: dt.datetime | None) -> Fault:
    status = status_of(permit, at)
    return None if status == PermitStatus.ACTIVE else errors.PermitNotActive(permit_status=status)


def _budget_fault(permit: Permit, use: Use, _holders: set[str], _at: dt.datetime | None) -> Fault:
    spent = budget_of(permit)
    if spent.runs is not None and spent.runs_used >= spent.runs:
        return errors.PermitBudgetSpent(used=spent.runs_used, limit=spent.runs, unit="runs")
    costs = (
        (spent.cpu_seconds, spent.cpu_seconds_used, use.cpu_seconds, "CPU s"),
        (spent.device_seconds, spent.device_seconds_used, use.device_seconds, "device s"),
    )
    for limit, used, more, unit in costs:
        if limit is not None and (used >= limit or used + more > limit):
            return errors.PermitBudgetSpent(used=round(used), limit=limit, unit=unit)
    return None


def columns_beyond(terms: dict[str, Any], columns: Iterable[str]) -> list[str]:
    """The columns a grant does not name; `*` names all of the version."""
    granted: Sequence[str] = terms.get("columns", [])
    return [] if ALL_COLUMNS in granted else sorted(set(columns) - set(granted))


def budget_of(permit: Permit) -> Budget:
    """Limits and use: a run counts from its reservation; its cost is the settled, else the reserved one."""
    uses = PermitUse.objects.filter(permit=permit)
    settled = uses.filter(kind=PermitUseKind.SETTLED)
    running = uses.filter(kind=PermitUseKind.RESERVED).exclude(job_id__in=settled.values("job_id"))
    sums = [
        rows.aggregate(cpu=Sum("cpu_seconds", default=0.0), device=Sum("device_seconds", default=0.0))
        for rows in (settled, running)
    ]
    return Budget(
        runs=permit.terms.get("runs"),
        runs_used=uses.filter(kind=PermitUseKind.RESERVED).count(),
        cpu_seconds=permit.terms.get("cpu_seconds"),
        cpu_seconds_used=sum(found["cpu"] for found in sums),
        device_seconds=permit.terms.get("device_seconds"),
        device_seconds_used=sum(found["device"] for found in sums),
    )


def reserve(use: Use, *, permit_uid: str, job_id: str) -> Permit:
    """Take one run from the budget under the permit's lock; a job that already reserved keeps its place.

    Raises PermitRefused subclasses. Call inside `transaction.atomic`.
    """
    permit = locked(Permit.objects.filter(uid=permit_uid)).first()
    if permit is None:
        raise errors.PermitRefused
    if PermitUse.objects.filter(permit=permit, job_id=job_id, kind=PermitUseKind.RESERVED).exists():
        covers_reserved(permit, use)
        return permit
    covers(permit, use)
    row = PermitUse(
        permit=permit,
        kind=PermitUseKind.RESERVED,
        actor=use.actor,
        job_kind=use.job_kind,
        job_id=job_id,
        subject_id=use.subject.id,
        cpu_seconds=use.cpu_seconds,
        device_seconds=use.device_seconds,
    )
    _note_use(row, permit)
    return permit


def use_once(use: Use, *, permit: Permit, what: str, job_id: str) -> None:
    """Record a use that is over as soon as it is allowed; `what` it was: a cell, rows, an export.

    Raises PermitRefused subclasses. Call inside `transaction.atomic`, before anything is read.
    """
    held = locked(Permit.objects.filter(pk=permit.pk)).get()
    covers(held, use)
    row = PermitUse(
        permit=held,
        kind=PermitUseKind.SETTLED,
        actor=use.actor,
        job_kind=what,
        job_id=job_id,
        subject_id=use.subject.id,
    )
    _note_use(row, held)


def settle(
    *,
    permit_uid: str,
    job_id: str,
    actor: User,
    job_kind: str,
    cpu_seconds: float,
    device_seconds: float = 0.0,
) -> None:
    """Record what the job really cost, once; later calls for the same job change nothing."""
    permit = locked(Permit.objects.filter(uid=permit_uid)).get()
    if PermitUse.objects.filter(permit=permit, job_id=job_id, kind=PermitUseKind.SETTLED).exists():
        return
    row = PermitUse(
        permit=permit,
        kind=PermitUseKind.SETTLED,
        actor=actor,
        job_kind=job_kind,
        job_id=job_id,
        subject_id=permit.subject_id,
        cpu_seconds=cpu_seconds,
        device_seconds=device_seconds,
    )
    _note_use(row, permit)


def _note_use(row: PermitUse, permit: Permit) -> None:
    """Write a use with its ledger row: whoever removes one to win budget back is found by `ledger verify`."""
    row.at = timezone.now()
    row.save(force_insert=True)
    ledger.append(
        type=f"permit.{row.kind}",
        actor=row.actor,
        subject=SubjectRef(permit.subject_kind, permit.subject_id, permit.subject_digest),
        data=use_content(row),
    )


def use_content(row: PermitUse) -> dict[str, Any]:
    """What the ledger seals of a use. Seconds are a text: the canonical form holds no floats."""
    return {
        "permit": row.permit.uid if row.permit else "",
        "job": row.job_id,
        "job_kind": row.job_kind,
        "by": row.actor.uid if row.actor else "",
        "at": exact(row.at),
        "cpu_seconds": f"{row.cpu_seconds:.6f}",
        # Of uses from before devices were counted nothing is sealed about them.
        **({"device_seconds": f"{row.device_seconds:.6f}"} if row.device_seconds else {}),
        "attempt": row.attempt,
        "subject": row.subject_id,
    }


def note_refusal(use: Use, *, code: str, job_id: str = "") -> None:
    """Record a refused use for the permit page, on the newest permit of that subject and action if any."""
    rows = Permit.objects.filter(granting(use.action), subject_id=use.subject.id)
    rows = rows.order_by("-valid_from", "-id")
    PermitUse.objects.create(
        permit=rows.first(),
        kind=PermitUseKind.REFUSED,
        at=timezone.now(),
        actor=use.actor,
        job_kind=use.job_kind,
        job_id=job_id,
        subject_id=use.subject.id,
        code=code,
    )


def events_of(permit: Permit) -> list[PermitEvent]:
    return list(permit.events.select_related("by"))
