"""Celery: send the outbox. Ids in, no rules."""

from __future__ import annotations

import logging

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from governance import outbox

log = logging.getLogger(__name__)


@shared_task(name="governance.tasks.outbox_send", ignore_result=True)
def outbox_send() -> int:
    """Send every delivery whose time has come to its reactor; return how many were sent."""
    sent = 0
    for row in outbox.claim_due():
        wanted = {"subject_kind": row.subject_kind, "subject_id": row.subject_id, "delivery": row.uid}
        try:
            current_app.send_task(row.reactor, kwargs=wanted)
        except OperationalError as error:  # no broker: each claimed delivery has its retry already
            log.warning("deliveries wait for the broker: %s", error)
            break
        sent += 1
    return sent
