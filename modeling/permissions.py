"""Who may plan, ask for and stop runs. Whether a run may read is the permit's business, not a role's."""

from __future__ import annotations

from governance.choices import TeamFunction
from governance.models import User
from governance.permissions import has_function
from modeling.models import TrainingRun


def may_register_backbone(user: User) -> bool:
    return has_function(user, TeamFunction.ENGINEERING, TeamFunction.GOVERNANCE)


def may_measure(user: User) -> bool:
    """Ask how backbones read a version they may see; the answer holds figures only."""
    return has_function(user, TeamFunction.ENGINEERING, TeamFunction.GOVERNANCE)


def may_plan(user: User) -> bool:
    return has_function(user, TeamFunction.ENGINEERING)


def may_ask_for_run(user: User) -> bool:
    return has_function(user, TeamFunction.ENGINEERING)


def may_hurry(user: User) -> bool:
    """Let a run go before all others: who answers for everybody's work, not who waits for their own."""
    return has_function(user, TeamFunction.GOVERNANCE)


def may_stop(user: User, run: TrainingRun) -> bool:
    return run.requested_by_id == user.pk or has_function(user, TeamFunction.GOVERNANCE)


def may_note(user: User, run: TrainingRun) -> bool:
    """Notes and tags of a run."""
    return may_stop(user, run) or may_ask_for_run(user)
