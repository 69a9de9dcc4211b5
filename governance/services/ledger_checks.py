"""Recomputations of the ledger: asked for, and ended with a verdict. One at a time."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from governance import jobs
from governance.choices import JobState
from governance.exceptions import LedgerCheckRunning
from governance.ledger import LedgerVerdict
from governance.models import LedgerCheck, User

MOST_FAULTS = 100


def ledger_check_ask(*, actor: User) -> LedgerCheck:
    """Queue a recomputation. Raises LedgerCheckRunning while another one waits or runs."""
    try:
        with transaction.atomic():
            return LedgerCheck.objects.create(requested_by=actor)
    except IntegrityError as error:
        raise LedgerCheckRunning from error


@transaction.atomic
def ledger_check_end(*, check: LedgerCheck, verdict: LedgerVerdict) -> bool:
    """Store the verdict and end the job; False when another attempt holds it, and nothing is written then."""
    faults = [{"place": fault.place, "code": fault.code} for fault in verdict.faults[:MOST_FAULTS]]
    found = {"holds": verdict.ok, "entries": verdict.entries, "head": verdict.head, "faults": faults}
    held = LedgerCheck.objects.filter(pk=check.pk, state=JobState.RUNNING, attempt=check.attempt)
    return bool(held.update(**found)) and jobs.move(check, JobState.SUCCEEDED)
