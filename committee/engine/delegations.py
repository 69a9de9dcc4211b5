"""Which delegations hold, and whether one entitles a caster (committee-rules §5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from committee.engine.facts import Delegation, Question


@dataclass(frozen=True)
class _Day:
    """One local date: the delegation in force of each principal, and the honoured ones of each delegate."""

    of_principal: dict[str, Delegation]
    honoured: frozenset[str]


class Delegations:
    """The delegations of a case. What is in force depends on the local date alone."""

    def __init__(self, listed: Sequence[Delegation], question: Question, cap: int) -> None:
        self._listed = sorted(listed, key=_order)
        self._given = {(delegation.principal, delegation.delegate) for delegation in listed}
        self._question = question
        self._cap = cap
        self._days: dict[date, _Day] = {}

    def refusal(self, principal: str, delegate: str, today: date) -> str | None:
        """None if the holder of seat `delegate` may cast for seat `principal` today, else why not.

        The first that applies: proxy_cap, delegation_chain, delegation_not_in_force, not_entitled.
        """
        day = self._day(today)
        direct = day.of_principal.get(principal)
        if direct is not None and direct.delegate == delegate:
            return None if direct.id in day.honoured else "proxy_cap"
        if _reaches(day.of_principal, principal, delegate):
            return "delegation_chain"
        return "delegation_not_in_force" if (principal, delegate) in self._given else "not_entitled"

    def _day(self, today: date) -> _Day:
        if today not in self._days:
            # Sorted by (from, id): the last of a principal replaces the earlier ones.
            of_principal = {d.principal: d for d in self._listed if self._in_force(d, today)}
            honoured: set[str] = set()
            exercised: dict[str, int] = {}
            for delegation in sorted(of_principal.values(), key=_order):
                exercised[delegation.delegate] = exercised.get(delegation.delegate, 0) + 1
                if exercised[delegation.delegate] <= self._cap:
                    honoured.add(delegation.id)
            self._days[today] = _Day(of_principal, frozenset(honoured))
        return self._days[today]

    def _in_force(self, delegation: Delegation, today: date) -> bool:
        asked = self._question
        return (
            delegation.first <= today <= delegation.last
            and (delegation.actions is None or asked.action in delegation.actions)
            and (delegation.kinds is None or asked.subject.kind in delegation.kinds)
            and (delegation.max_level is None or delegation.max_level >= asked.level)
        )


def _order(delegation: Delegation) -> tuple[date, str]:
    return delegation.first, delegation.id


def _reaches(of_principal: dict[str, Delegation], start: str, goal: str) -> bool:
    # Each principal has at most one delegation in force, so there is one path; it may run in a circle.
    seen = {start}
    seat = start
    while seat in of_principal:
        seat = of_principal[seat].delegate
        if seat == goal:
            return True
        if seat in seen:
            return False
        seen.add(seat)
    return False
