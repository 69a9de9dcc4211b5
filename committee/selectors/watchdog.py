"""What is stuck: work that the ticks should have done by now and that somebody has to look at."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from committee.choices import APPROVALS, CaseState, LawStatus
from committee.models import Case, CaseEvent, LawText
from committee.selectors.cases import ENDINGS
from governance import permits, registry
from governance.choices import UNDELIVERED, UNSENT, PermitEventKind, PermitStatus, StandardStatus
from governance.models import Delivery, OutboxDelivery, Permit, PermitEvent, StandardVersion
from governance.subject_ref import SubjectRef

CLOSING_GRACE = dt.timedelta(minutes=5)
ADOPTION_GRACE = dt.timedelta(minutes=10)
MOST_ATTEMPTS = 5
MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Stuck:
    """One thing that does not move: which kind of fault, what it is about, since when."""

    kind: str
    label: str
    what: str
    url: str
    since: dt.datetime


def watchdog() -> list[Stuck]:
    """Everything stuck now, at most fifty of a kind, the oldest first."""
    found: list[Stuck] = []
    finders: tuple[Callable[[], Iterable[Stuck]], ...] = (
        _unclosed, _undelivered, _unmirrored, _unadopted, _unsent,
    )  # fmt: skip
    for find in finders:
        found += [row for row, _place in zip(find(), range(MOST_ROWS), strict=False)]
    return sorted(found, key=lambda row: row.since)


def _unclosed() -> Iterator[Stuck]:
    """Open cases that their deadline did not close."""
    label, late = _("Case not closed at its deadline"), timezone.now() - CLOSING_GRACE
    for case in Case.objects.filter(state=CaseState.OPEN, closes_at__lt=late).order_by("closes_at"):
        yield Stuck("case_overdue", label, case.number, case.get_absolute_url(), case.closes_at or late)


def _undelivered() -> Iterator[Stuck]:
    """Events whose reactor has not said done in many attempts."""
    rows = OutboxDelivery.objects.filter(state__in=UNDELIVERED, attempts__gt=MOST_ATTEMPTS)
    for row in rows.order_by("created_at"):
        url = _page(row.subject_kind, row.subject_id)
        yield Stuck("outbox", _("Event without effect"), str(row), url, row.created_at)


def _unsent() -> Iterator[Stuck]:
    """Mails and other messages that no channel took in many attempts."""
    rows = Delivery.objects.filter(state__in=UNSENT)
    for row in rows.filter(attempts__gt=MOST_ATTEMPTS).select_related("recipient").order_by("created_at"):
        yield Stuck("delivery", _("Message not sent"), str(row), "", row.created_at)


def _unmirrored() -> Iterator[Stuck]:
    """What a case says of its permit and the permit does not."""
    label = _("Permit without what its case says of it")
    for event in _events_of_permits():
        case = event.case
        yield Stuck("permit_event", label, f"{case.number} · {event.type}", case.get_absolute_url(), event.at)


def _events_of_permits() -> Iterator[CaseEvent]:
    events = CaseEvent.objects.filter(case__outcome__in=APPROVALS, at__gte=F("case__closed_at"))
    told = PermitEvent.objects.filter(permit__case_id=OuterRef("case__number"))
    rows = events.select_related("case").order_by("at")
    yield from rows.filter(~Exists(told.filter(kind__in=ENDINGS)), type="revoked")
    changed = rows.filter(~Exists(told.filter(kind=PermitEventKind.VOID)), type="subject_changed")
    yield from changed.exclude(data__contains=F("case__subject_digest"))
    same = told.filter(kind=PermitEventKind.CONDITION_MET, at=OuterRef("at"))
    for event in rows.filter(~Exists(same), type="condition_met"):
        met = PermitEvent.objects.filter(
            kind=PermitEventKind.CONDITION_MET,
            permit__case_id=event.case.number,
            condition=json.loads(event.data)["condition"],
        )
        if not met.exists():
            yield event


def _unadopted() -> Iterator[Stuck]:
    """Texts that a live permit adopts and that are not in force yet."""
    standards = StandardVersion.objects.filter(status=StandardStatus.PROPOSED).values("uid")
    texts = LawText.objects.filter(status=LawStatus.PROPOSED).values("uid")
    late = Permit.objects.filter(action="adopt", valid_from__lt=timezone.now() - ADOPTION_GRACE)
    rows = late.filter(subject_id__in=standards) | late.filter(subject_id__in=texts)
    for permit in rows.select_related("decision").prefetch_related("events").order_by("valid_from"):
        if permits.status_of(permit) == PermitStatus.ACTIVE:
            what = registry.title_of(SubjectRef(permit.subject_kind, permit.subject_id))
            url = permit.get_absolute_url()
            yield Stuck("adoption", _("Adopted, but not in force"), what, url, permit.valid_from)


def _page(kind: str, uid: str) -> str:
    return registry.page_of(SubjectRef(kind, uid))


def stuck_dict(row: Stuck) -> dict[str, Any]:
    """A row as the API prints it."""
    return {"kind": row.kind, "what": row.what, "since": row.since.isoformat(), "url": row.url}
