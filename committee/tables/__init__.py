"""The lists of committee pages."""

from committee.tables.cases import CASES, case_ledger, seat_lines, state_badge, view_badge

__all__ = ["CASES", "case_ledger", "seat_lines", "state_badge", "view_badge"]
