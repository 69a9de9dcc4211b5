"""Reads of permits, decisions, the ledger and people, as frozen dataclasses for pages and API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import permits, registry
from governance.choices import AccessAction, PermitUseKind
from governance.models import (
    AccessRule,
    Decision,
    LedgerEntry,
    Membership,
    Permit,
    PermitUse,
    Team,
    User,
)
from governance.permissions import is_active
from governance.record.permit import condition_status
from governance.subject_ref import SubjectRef


@dataclass(frozen=True, slots=True)
class PermitRow:
    """A permit as a list shows it."""

    permit: Permit
    status: str
    authentic: bool
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """An adopted condition with its state now."""

    id: str
    owner: str
    text: str
    due: str
    when: str
    status: str


@dataclass(frozen=True, slots=True)
class PermitDetail:
    """A permit's page: state, conditions, budget, and each use and refusal."""

    row: PermitRow
    holder: str
    conditions: tuple[ConditionRow, ...]
    budget: permits.Budget
    uses: Sequence[PermitUse]
    refused: int
    terms: tuple[tuple[str, str], ...]
    runs_note: str
    cpu_note: str
    device_note: str
    used: int

    @property
    def metered(self) -> bool:
        """Whether runs and CPU time are counted against it; looks and exports are only listed."""
        return permits.action_of(self.row.permit) == AccessAction.TRAIN


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An entry with the words a reader may see; `hidden` where the kind does not show it to them."""

    entry: LedgerEntry
    actor: str
    title: str
    url: str
    hidden: bool

    @property
    def at(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.entry.at)


def permits_visible_to(user: User) -> QuerySet[Permit]:
    """Permits are public inside the company: everybody signed in may see what is allowed to whom."""
    rows = Permit.objects.select_related("decision").prefetch_related("events")
    return rows if is_active(user) else rows.none()


def permit_rows(rows: Sequence[Permit], *, reader: User | None = None) -> list[PermitRow]:
    """Status and words of permits. Without `reader` the caller has already shown the subject itself."""
    refs = [SubjectRef(permit.subject_kind, permit.subject_id) for permit in rows]
    if reader is not None:
        titles = registry.titles_for(reader, refs)
    else:
        titles = {(ref.kind, ref.id): registry.title_of(ref) for ref in set(refs)}
    return [
        _permit_row(permit, ref, titles.get((ref.kind, ref.id)))
        for permit, ref in zip(rows, refs, strict=True)
    ]


def _permit_row(permit: Permit, ref: SubjectRef, title: str | None) -> PermitRow:
    return PermitRow(
        permit=permit,
        status=permits.status_of(permit),
        authentic=permits.is_authentic(permit),
        title=title or ref.id[:12],
        url=registry.page_of(ref) if title else "",
    )


def permit_detail(permit: Permit, *, reader: User) -> PermitDetail:
    """Everything the permit page shows. `permit` must come with its events."""
    facts = permits.facts_of(permit)
    now = timezone.now()
    states = {c.id: condition_status(c, now) for c in facts.conditions}
    return PermitDetail(
        row=permit_rows([permit], reader=reader)[0],
        holder=holder_name(permit.holder),
        conditions=tuple(_condition_row(c, states) for c in permit.conditions),
        budget=permits.budget_of(permit),
        uses=list(permit.uses.select_related("actor")[:200]),
        refused=permit.uses.filter(kind=PermitUseKind.REFUSED).count(),
        used=permit.uses.filter(kind=PermitUseKind.SETTLED).count(),
        terms=_terms(permit.terms),
        runs_note=_limit(permit.terms.get("runs")),
        cpu_note=_limit(permit.terms.get("cpu_seconds")),
        device_note=_limit(permit.terms.get("device_seconds")),
    )


def _terms(terms: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The terms of a grant in words; one without a word of its own keeps its name."""
    words = {
        "runs": _("Runs"),
        "cpu_seconds": _("CPU seconds"),
        "device_seconds": _("Device seconds"),
        "job_kinds": _("Kinds of job"),
        "columns": _("Columns"),
        "gate": _("Gate"),
        "days": _("Days"),
        "holder_self": _("For the person alone"),
        "rule": _("Rule"),
        "max_failing_rows": _("Failing rows at most"),
        "until": _("Until the end of"),
        "standard_digest": _("Text of the standard"),
        "data_digest": _("Bytes"),
        "of": _("Renews the permit"),
        "action": _("Lets one do"),
    }
    return tuple((words.get(name, name), _term(value)) for name, value in terms.items())


def _limit(value: int | None) -> str:
    return _("without limit") if value is None else _("of %(limit)s") % {"limit": value}


def _term(value: Any) -> str:
    if value is None:
        return _("without limit")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_("all") if word == permits.ALL_COLUMNS else str(word) for word in value)
    return str(value)


def _condition_row(raw: dict[str, Any], states: dict[str, Any]) -> ConditionRow:
    return ConditionRow(
        id=raw["id"],
        owner=person_name(raw["owner"]),
        text=raw.get("text", ""),
        due=raw["due"],
        when=raw["when"],
        status=states[raw["id"]],
    )


def person_name(uid: str) -> str:
    user = User.objects.filter(uid=uid).first()
    return str(user) if user else uid


def holder_name(holder: str) -> str:
    kind, _sep, uid = holder.partition(":")
    if kind == "team":
        team = Team.objects.filter(uid=uid).first()
        return str(team) if team else holder
    return person_name(uid)


def decisions_about(ref: SubjectRef) -> QuerySet[Decision]:
    return Decision.objects.filter(subject_kind=ref.kind, subject_id=ref.id)


def ledger_entries(user: User, *, type: str = "", q: str = "") -> QuerySet[LedgerEntry]:
    rows = LedgerEntry.objects.all() if is_active(user) else LedgerEntry.objects.none()
    if type:
        rows = rows.filter(type=type)
    if q:
        rows = rows.filter(Q(hash__startswith=q) | Q(type__icontains=q) | entries_about(user, q))
    return rows


def entries_about(user: User, uid: str) -> Q:
    """Entries about a subject, if the reader may see them: a search must not tell hidden ones apart."""
    kinds = (
        LedgerEntry.objects.filter(subject_id=uid)
        .order_by()
        .values_list("subject_kind", flat=True)
        .distinct()
    )
    refs = [SubjectRef(kind, uid) for kind in kinds]
    seen = registry.titles_for(user, refs)
    open_kinds = [r.kind for r in refs if (r.kind, uid) in seen or registry.kind_of(r.kind) is None]
    return Q(subject_id=uid, subject_kind__in=open_kinds)


def ledger_rows(user: User, entries: Sequence[LedgerEntry]) -> list[LedgerRow]:
    """Word a page of entries; an actor's name costs one query for the page, not one per row."""
    uids = {e.actor.partition(":")[2] for e in entries if e.actor.startswith("user:")}
    names = {u.uid: str(u) for u in User.objects.filter(uid__in=uids)}
    titles = registry.titles_for(user, (SubjectRef(e.subject_kind, e.subject_id) for e in entries))
    return [_ledger_row(entry, names, titles) for entry in entries]


def _ledger_row(entry: LedgerEntry, names: dict[str, str], titles: dict[tuple[str, str], str]) -> LedgerRow:
    kind = registry.kind_of(entry.subject_kind)
    title = titles.get((entry.subject_kind, entry.subject_id))
    hidden = kind is not None and title is None
    actor = "" if hidden else names.get(entry.actor.partition(":")[2], entry.actor)
    url = kind.page(entry.subject_id) if kind and title else ""
    return LedgerRow(entry, actor, title or "", url, hidden)


def access_level(action: str) -> int:
    """From which level on an action needs a permit; training always (promise 1), else 3 until founded."""
    if action == "train":
        return 1
    rule = AccessRule.objects.filter(action=action).first()
    return rule.min_level if rule else 3


def members_by_function(*functions: str) -> QuerySet[User]:
    """Active people in a team with one of the functions today."""
    current = Membership.objects.current().filter(team__function__in=functions)
    return User.objects.filter(is_active=True, memberships__in=current).distinct()
