"""Whether the result can still change, by counting (committee-rules §7 and its appendix)."""

from committee.engine.counting import Count, casting_choice


def is_certain(count: Count) -> bool:
    """Whether the verdict is approved or rejected and no act of silent seats could change it.

    Constant in the seats but for the walk along those who might preside. The quorum needs no test: what is
    present stays present and what is needed never grows.
    """
    verdict = count.verdict()
    if verdict == "approved":
        return _approval_is_certain(count)
    return verdict == "rejected" and _rejection_is_certain(count)


def _approval_is_certain(count: Count) -> bool:
    # Worst case: every silent slot rejects.
    if count.rules.basis != "cast":
        return True
    against = count.reject + count.free + count.bound
    if count.approve >= count.rules.approvals_needed(count.approve + against):
        return True
    return count.rules.tie_possible and count.approve == against and count.casting == "approve"


def _rejection_is_certain(count: Count) -> bool:
    rules = count.rules
    if any(count.cast[r.function] < r.min for r in rules.requirements):
        return False  # the silent slots may leave: inquorate
    team_total = count.of_team + count.bound
    # No cap: as if it were too high to matter.
    cap = team_total if rules.team_cap is None else rules.team_cap
    # Best case: all free slots approve, bound ones fill the cap, the rest leave.
    best = count.approve + count.free + min(cap, team_total) - min(cap, count.of_team)
    if best >= rules.approvals_needed(_best_base(count, best, max(0, team_total - max(cap, count.of_team)))):
        return False
    if rules.casting_possible and best == count.reject >= 1:
        return not _tie_may_be_won(count, spare=max(0, team_total - cap))
    return True


def _best_base(count: Count, best: int, leaving: int) -> int:
    if count.rules.basis == "cast":
        return best + count.reject
    return count.roster.eligible - leaving if count.rules.basis == "eligible" else count.roster.seats


def _tie_may_be_won(count: Count, spare: int) -> bool:
    # In order of presiding: each one may step aside only as far as the tie does not need their approval.
    for seat in count.roster.presiding:
        if seat.id in count.ballots:
            return casting_choice(seat, count.ballots, count.team) == "approve"
        if seat.holder.team != count.team:
            return True
        if count.roster.slots[seat.id].reserve is not None:
            continue
        if spare == 0:
            return False
        spare -= 1
    return False
