"""Who may do what in governance. Policies are functions of a user; actions call `allow`."""

from __future__ import annotations

from typing import TypeGuard

from governance.choices import TeamFunction, UserKind
from governance.exceptions import NotPermitted
from governance.models import User, functions_of
from governance.models.law import Standard


def allow(condition: bool) -> None:
    """Raise NotPermitted unless the condition holds."""
    if not condition:
        raise NotPermitted


def is_active(user: object) -> TypeGuard[User]:
    return isinstance(user, User) and user.is_active


CLOCK = "clock"


def is_clock(user: object) -> bool:
    """The platform's own service account, as which the ticks act; others have no such right."""
    return is_active(user) and user.kind == UserKind.SERVICE and user.username == CLOCK


def has_function(user: User, *functions: str) -> bool:
    """Whether the user is active and in a team with one of the functions today."""
    return is_active(user) and bool(functions_of(user) & set(functions))


def may_manage_people(user: User) -> bool:
    return has_function(user, TeamFunction.GOVERNANCE)


def may_write_standard(user: User, standard: Standard | None = None) -> bool:
    """Governance and operations draft standards; an owner drafts versions of their own."""
    if standard is not None and standard.owner_id == user.pk and is_active(user):
        return True
    return has_function(user, TeamFunction.GOVERNANCE, TeamFunction.OPERATIONS)


def may_read_ledger(user: User) -> bool:
    return is_active(user)


def may_check_ledger(user: User) -> bool:
    """Recomputing costs as much as the ledger is long; the verdict is for everybody to read."""
    return has_function(user, TeamFunction.GOVERNANCE)
