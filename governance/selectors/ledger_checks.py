"""The last verdict on the ledger, and the recomputation that goes on now."""

from __future__ import annotations

from dataclasses import dataclass

from governance.models import LedgerCheck


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What is known of the chain: the last verdict, the check going on, the last one if it ended without.

    Each None where there is none.
    """

    last: LedgerCheck | None
    running: LedgerCheck | None
    failed: LedgerCheck | None


def ledger_state() -> LedgerState:
    """In two queries; a recomputation is never done here."""
    rows = LedgerCheck.objects.select_related("requested_by")
    newest = rows.order_by("-id").first()
    if newest is None:
        return LedgerState(None, None, None)
    last = rows.ended().order_by("-finished_at", "-id").first()
    failed = newest if newest.is_over and newest.holds is None else None
    return LedgerState(last, None if newest.is_over else newest, failed)
