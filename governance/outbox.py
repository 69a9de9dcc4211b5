"""The outbox: an event writes one row per reactor in the owner's transaction; a tick sends and re-sends.

Reactors are wake-ups (house: registry): they get ids, read the truth themselves and may run twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError

from governance import registry
from governance.choices import UNDELIVERED, DeliveryState
from governance.models import OutboxDelivery
from governance.subject_ref import SubjectRef

log = logging.getLogger(__name__)

FIRST_RETRY = dt.timedelta(seconds=20)
LONGEST_RETRY = dt.timedelta(hours=1)
DOUBLINGS = 8  # 20 s × 2⁸ is beyond the longest wait; a larger power would overflow after some days


def emit(event: str, subject: SubjectRef) -> int:
    """Write the rows of one event; return how many reactors it wakes. Call inside the owner's transaction."""
    now = timezone.now()
    rows = [
        OutboxDelivery(
            event=event, reactor=name, subject_kind=subject.kind, subject_id=subject.id, next_at=now
        )
        for name in registry.reactors(event)
    ]
    OutboxDelivery.objects.bulk_create(rows)
    return len(rows)


def claim_due(limit: int = 100) -> list[OutboxDelivery]:
    """Claim deliveries whose time has come, by compare-and-set on the attempt; each gets its next retry."""
    now = timezone.now()
    claimed = []
    due = OutboxDelivery.objects.filter(state__in=UNDELIVERED, next_at__lte=now).order_by("id")
    for row in due[:limit]:
        wait = min(FIRST_RETRY * 2 ** min(row.attempts, DOUBLINGS), LONGEST_RETRY)
        won = OutboxDelivery.objects.filter(pk=row.pk, attempts=row.attempts, state__in=UNDELIVERED).update(
            state=DeliveryState.SENT, attempts=F("attempts") + 1, next_at=now + wait
        )
        if won:
            claimed.append(row)
    return claimed


def done(delivery_uid: str) -> None:
    """The reactor finished its work; the row is not sent again."""
    OutboxDelivery.objects.filter(uid=delivery_uid).update(state=DeliveryState.DONE, done_at=timezone.now())


def wake_on_commit(send: Callable[[], Any]) -> None:
    """Let `send` (a task's delay) run once the transaction is durable; the tick finds a lost wake-up."""
    transaction.on_commit(partial(_send_or_log, send), robust=True)


def _send_or_log(send: Callable[[], Any]) -> None:
    """A broker that is down costs a log line and some seconds until the tick, never the caller's work."""
    try:
        send()
    except OperationalError as error:
        log.warning("no wake-up sent, the tick will find the work: %s", error)


Reaction = Callable[[str, str], None]


def reaction(name: str) -> Callable[[Reaction], Any]:
    """Make a Celery task `name` of `f(subject_kind, subject_id)`; its delivery is done when f returns.

    Use it in an app's clock.py; register the same name with registry.register_reactor in its subjects.py.
    """

    def decorate(work: Reaction) -> Any:
        @shared_task(name=name, ignore_result=True)
        def run(*, subject_kind: str, subject_id: str, delivery: str = "") -> None:
            work(subject_kind, subject_id)
            if delivery:
                done(delivery)

        return run

    return decorate
