"""Celery: send the outbox and the deliveries, recompute the ledger. Ids in, no rules."""

from __future__ import annotations

import logging
import os
import socket

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from governance import jobs, ledger, letters, outbox
from governance.channels import CHANNELS, Letter, NotSent
from governance.choices import JobState, SendState
from governance.models import Delivery, LedgerCheck
from governance.services import deliveries, ledger_checks

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5


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


@shared_task(name="governance.tasks.ledger_check", ignore_result=True)
def ledger_check(uid: str) -> bool:
    """Recompute the ledger and store the verdict. False where there was nothing to claim."""
    check = jobs.claim(LedgerCheck, uid, worker=f"{socket.gethostname()}:{os.getpid()}")
    if check is None:
        return False
    if check.attempt > MOST_ATTEMPTS:
        return jobs.move(check, JobState.FAILED, reason="too_many_attempts")
    with jobs.kept(check):
        verdict = ledger.verify()
    return ledger_checks.ledger_check_end(check=check, verdict=verdict)
