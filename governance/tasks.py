"""Celery: send the outbox. Ids in, no rules."""

from __future__ import annotations

from celery import current_app, shared_task

from governance import outbox


@shared_task(name="governance.tasks.outbox_send", ignore_result=True)
def outbox_send() -> int:
    """Send every delivery whose time has come to its reactor; return how many were sent."""
    claimed = outbox.claim_due()
    for row in claimed:
        current_app.send_task(
            row.reactor,
            kwargs={"subject_kind": row.subject_kind, "subject_id": row.subject_id, "delivery": row.uid},
        )
    return len(claimed)
