"""Counts and the verdict (committee-rules §6). Sums are kept, so that one more ballot costs no recount."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from committee.engine.ballots import Ballot
from committee.engine.facts import Seat
from committee.engine.roster import Roster, Slot
from committee.engine.rules import Rules

Verdict = Literal["inquorate", "expired", "rejected", "approved"]


class Count:
    """The counted ballots of a roster's slots and their sums."""

    def __init__(self, roster: Roster, rules: Rules, team: str) -> None:
        self.roster = roster
        self.rules = rules
        self.team = team
        """The requesting team."""
        self.ballots: dict[str, Ballot] = {}
        self.choices: Counter[str] = Counter()
        self.of_team = 0
        """Approve ballots of the requesting team, before the cap."""
        self.quorum_have = 0
        self.free = 0
        self.bound = 0
        """Silent slots with and without somebody of another team who may approve (appendix 4)."""
        self.cast: Counter[str] = Counter()
        self.present: Counter[str] = Counter()
        self.approving: Counter[str] = Counter()
        """Slots per function with a counted ballot, present, with an approve ballot."""
        self._slots: dict[str, Slot] = {}
        """The slots as they are counted."""

    def enter(self, seat: str, ballot: Ballot | None) -> None:
        """Count the seat as the roster has it now, with its counted ballot, instead of what was counted."""
        before = self._slots.pop(seat, None)
        if before is not None:
            self._add(before, self.ballots.pop(seat, None), -1)
        slot = self.roster.slots.get(seat)
        if slot is None:
            return
        self._slots[seat] = slot
        if ballot is not None:
            self.ballots[seat] = ballot
        self._add(slot, ballot, 1)

    @property
    def capped(self) -> int:
        """Approve ballots beyond the team cap."""
        cap = self.rules.team_cap
        return 0 if cap is None else max(0, self.of_team - cap)

    @property
    def approve(self) -> int:
        """Approve ballots that count."""
        return self.choices["approve"] - self.capped

    @property
    def reject(self) -> int:
        """Reject ballots."""
        return self.choices["reject"]

    @property
    def threshold_base(self) -> int:
        """B: votes cast, eligible seats or all seats."""
        if self.rules.basis == "cast":
            return self.approve + self.reject
        return self.roster.eligible if self.rules.basis == "eligible" else self.roster.seats

    @property
    def threshold_needed(self) -> int:
        """Approvals needed at that base."""
        return self.rules.approvals_needed(self.threshold_base)

    @property
    def tied(self) -> bool:
        """Approve = reject >= 1 where that is a tie (committee-rules §6.5)."""
        return self.rules.tie_possible and self.approve == self.reject >= 1

    @property
    def casting(self) -> Literal["approve", "reject"] | None:
        """How the presiding member's ballot would decide a tie; None if it would not."""
        chair = self.roster.chair
        if chair is None or self.rules.tie != "chair":
            return None
        return casting_choice(chair, self.ballots, self.team)

    @property
    def majority_reached(self) -> bool:
        """Whether the approvals reach the threshold without a casting vote."""
        return self.approve >= self.threshold_needed

    @property
    def passes(self) -> bool:
        """The threshold is reached, or a casting vote is for it."""
        return self.majority_reached or (self.tied and self.casting == "approve")

    def unmet(self) -> list[str]:
        """Functions with a requirement unmet, by name."""
        serving = {"present": self.present, "approvals": self.approving}
        return sorted({r.function for r in self.rules.requirements if serving[r.of][r.function] < r.min})

    def verdict(self) -> Verdict:
        """The first that applies (committee-rules §6)."""
        if self.roster.inquorate:
            return "inquorate"
        if self.quorum_have < self.roster.quorum_needed:
            return "expired"
        if not self.passes:
            return "rejected"
        return "expired" if self.unmet() else "approved"

    def _add(self, slot: Slot, ballot: Ballot | None, sign: int) -> None:
        if ballot is None:
            self._silence(slot, sign)
        else:
            self._vote(slot.seat, ballot, sign)

    def _silence(self, slot: Slot, sign: int) -> None:
        outside = slot.sitter.team != self.team or (
            slot.reserve is not None and slot.reserve.team != self.team
        )
        if outside:
            self.free += sign
        else:
            self.bound += sign

    def _vote(self, seat: Seat, ballot: Ballot, sign: int) -> None:
        self.choices[ballot.choice] += sign
        approves = ballot.choice == "approve"
        if approves and self._is_of_team(seat, ballot):
            self.of_team += sign
        present = (ballot.choice != "abstain" or self.rules.abstentions) and (
            ballot.via != "proxy" or self.rules.proxies
        )
        if present:
            self.quorum_have += sign
        for function in seat.functions:
            self.cast[function] += sign
            self.present[function] += sign * present
            self.approving[function] += sign * approves

    def _is_of_team(self, seat: Seat, ballot: Ballot) -> bool:
        # Of a proxy either the principal or the delegate suffices (committee-rules §6.2).
        return ballot.by.team == self.team or (ballot.via == "proxy" and seat.holder.team == self.team)


def casting_choice(
    seat: Seat, ballots: Mapping[str, Ballot], team: str
) -> Literal["approve", "reject"] | None:
    """The seat's ballot if it is approve or reject, cast in person as holder, the seat not of `team`."""
    ballot = ballots.get(seat.id)
    if ballot is None or ballot.via != "own" or seat.holder.team == team:
        return None
    return ballot.choice if ballot.choice in ("approve", "reject") else None
