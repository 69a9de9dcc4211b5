"""The lists of committee pages."""

from committee.tables.cases import CASES, case_ledger, seat_lines, state_badge, view_badge
from committee.tables.watchdog import ASLEEP, STUCK

__all__ = ["ASLEEP", "CASES", "STUCK", "case_ledger", "seat_lines", "state_badge", "view_badge"]
