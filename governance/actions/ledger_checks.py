"""Recomputing the ledger: a job, because it takes as long as the ledger is."""

from __future__ import annotations

from functools import partial

from governance import jobs, permissions
from governance.models import LedgerCheck, User
from governance.outbox import wake_on_commit
from governance.permissions import allow
from governance.refusals import governed
from governance.services import ledger_checks
from governance.tasks import ledger_check

EXPIRES = 60


@governed("ledger.check")
def ledger_check_ask(*, actor: User) -> LedgerCheck:
    """Have the ledger recomputed. Raises NotPermitted, LedgerCheckRunning."""
    allow(permissions.may_check_ledger(actor))
    check = ledger_checks.ledger_check_ask(actor=actor)
    wake_on_commit(partial(ledger_check.delay, check.uid))
    return check


def ledger_checks_wake() -> int:
    """Put a check whose worker died back, and send those again whose message may be lost; called by the
    clock. Returns how many were sent.
    """
    for uid in jobs.expired(LedgerCheck):
        jobs.requeue(LedgerCheck, uid)
    waiting = jobs.forgotten(LedgerCheck)
    for uid in waiting:
        wake_on_commit(partial(ledger_check.apply_async, (uid,), expires=EXPIRES))
    return len(waiting)
