"""Celery: send the outbox. Ids in, no rules."""

from __future__ import annotations

import logging

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from governance import letters, outbox
from governance.channels import CHANNELS, Letter, NotSent
from governance.choices import SendState
from governance.models import Delivery
from governance.services import deliveries

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


@shared_task(name="governance.tasks.deliveries_send", ignore_result=True)
def deliveries_send() -> int:
    """Send every delivery whose time has come; return how many were sent. A channel that is down waits."""
    sent = 0
    while (row := deliveries.delivery_claim()) is not None:
        letter = _letter(row)
        if letter is None:
            deliveries.delivery_end(delivery=row, state=SendState.DROPPED)
            continue
        try:
            CHANNELS[row.kind].send(letter)
        except NotSent as error:
            log.warning("delivery %s: %s", row.uid, error.reason)
            deliveries.delivery_end(delivery=row, state=SendState.WAITING, error=error.reason)
            if error.down:
                break
        else:
            deliveries.delivery_end(delivery=row, state=SendState.SENT)
            sent += 1
    return sent


def _letter(row: Delivery) -> Letter | None:
    """What there is to send; None for a leaver, and where address or channel are gone."""
    channel = CHANNELS.get(row.kind)
    if channel is None or not row.recipient.is_active or not channel.address(row.recipient):
        return None
    return letters.letter_of(row)
