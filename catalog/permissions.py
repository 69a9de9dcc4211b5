"""Who may do what in the catalogue. Policies are functions of a user and an object; actions call `allow`."""

from __future__ import annotations

from catalog.choices import CARING_ROLES, MASK_FROM, Role
from catalog.models import Dataset, DatasetVersion, Incident, Ownership, Recipe
from governance.choices import AccessAction, TeamFunction
from governance.exceptions import NotFound
from governance.models import Job, User
from governance.permissions import allow, has_function, is_active
from governance.selectors import access_level

__all__ = ["allow", "has_function", "is_active"]


def roles_on(user: User, dataset: Dataset) -> frozenset[str]:
    """The present roles of an active user on a dataset."""
    if not is_active(user):
        return frozenset()
    rows = Ownership.objects.current().filter(user=user, dataset=dataset)
    return frozenset(rows.values_list("role", flat=True))


def cares_for(user: User, dataset: Dataset) -> bool:
    return bool(roles_on(user, dataset) & set(CARING_ROLES))


def may_see(user: User, dataset: Dataset) -> bool:
    return Dataset.objects.visible_to(user).filter(pk=dataset.pk).exists()


def require_seen(user: User, dataset: Dataset) -> None:
    """Raise NotFound for a dataset the user may not know about: its existence is not told either."""
    if not may_see(user, dataset):
        raise NotFound


def may_register(user: User) -> bool:
    """Governance, operations and engineering teams register sources and datasets."""
    return has_function(user, TeamFunction.GOVERNANCE, TeamFunction.OPERATIONS, TeamFunction.ENGINEERING)


def may_assign_roles(user: User, dataset: Dataset) -> bool:
    return has_function(user, TeamFunction.GOVERNANCE) or Role.OWNER in roles_on(user, dataset)


def may_change(user: User, dataset: Dataset) -> bool:
    """Names, standard and level of a dataset: its owner or steward, or governance."""
    if has_function(user, TeamFunction.GOVERNANCE):
        return True
    return bool(roles_on(user, dataset) & {Role.OWNER, Role.STEWARD})


def may_upload(user: User, dataset: Dataset) -> bool:
    """New bytes come only from those who answer for the dataset."""
    return cares_for(user, dataset)


def may_validate(user: User, dataset: Dataset) -> bool:
    """Checking changes nothing in the data: also governance, operations and engineering, where they may see
    it."""
    functions = (TeamFunction.GOVERNANCE, TeamFunction.OPERATIONS, TeamFunction.ENGINEERING)
    return cares_for(user, dataset) or (has_function(user, *functions) and may_see(user, dataset))


def may_write_recipe(user: User, recipe: Recipe | None = None) -> bool:
    if recipe is not None and recipe.owner_id == user.pk and is_active(user):
        return True
    return has_function(user, TeamFunction.GOVERNANCE, TeamFunction.OPERATIONS, TeamFunction.ENGINEERING)


def may_clean(user: User, dataset: Dataset) -> bool:
    return cares_for(user, dataset)


def may_cancel(user: User, job: Job, dataset: Dataset) -> bool:
    mine = job.requested_by_id == user.pk and is_active(user)
    return mine or cares_for(user, dataset) or has_function(user, TeamFunction.GOVERNANCE)


def may_resolve(user: User, incident: Incident) -> bool:
    mine = incident.owner_id == user.pk and is_active(user)
    return mine or cares_for(user, incident.dataset) or has_function(user, TeamFunction.GOVERNANCE)


def reads_freely(user: User, version: DatasetVersion, level: int) -> bool:
    """Cells of a level without any permit: below the access rule whoever sees the dataset; above, its
    roles."""
    if level < access_level(AccessAction.READ):
        return may_see(user, version.dataset)
    return cares_for(user, version.dataset)


def exports_freely(user: User, version: DatasetVersion, level: int | None) -> bool:
    """Whether a column may leave without a permit. A role on the dataset is none; what nobody classified, or
    what would be masked on a page, never does."""
    free = min(access_level(AccessAction.EXPORT), access_level(AccessAction.READ), MASK_FROM)
    return level is not None and level < free and may_see(user, version.dataset)
