"""A seat as a piece of law: what a case about it decides, and what the engine is told."""

from __future__ import annotations

from typing import Any

from committee.models import Seat


def seat_document(seat: Seat) -> dict[str, Any]:
    """The document of a seat: its place, who holds it, what it serves, from when to when."""
    return {
        "place": seat.place,
        "member": seat.member.uid,
        "role": seat.role,
        "functions": sorted(seat.functions),
        "team": seat.team.uid if seat.team else None,
        "alternate": seat.alternate.uid if seat.alternate else None,
        "term": {"from": str(seat.term_from), "to": str(seat.term_to) if seat.term_to else None},
    }
