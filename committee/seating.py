"""A seat as a piece of law: what a case about it decides, and what the engine is told."""

from __future__ import annotations

from typing import Any

from committee.models import Committee, Seat


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


def seat_code(committee: Committee, place: str) -> str:
    """The id of the next holder's seat: the place itself if never used, else numbered. Ids are used once."""
    used = set(Seat.objects.filter(committee=committee).values_list("code", flat=True))
    number, code = 1, place
    while code in used:
        number += 1
        code = f"{place}.{number}"
    return code
