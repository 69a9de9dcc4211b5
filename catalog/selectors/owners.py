"""Who has a role on a dataset today, for rooms that ask about interests and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.choices import Role
from catalog.models import Dataset, Ownership

LISTED = 50  # roles of one person on their page


@dataclass(frozen=True, slots=True)
class Care:
    """A role of a person on a dataset; `alone`: it is its owner and nobody else in the company is."""

    role: Ownership
    alone: bool


def cares_of(user_uid: str, reader: Any) -> list[Care]:
    """What a person owns or looks after today, of the datasets the reader may see; in two queries."""
    seen = Dataset.objects.visible_to(reader).current()
    held = Ownership.objects.current().caring().filter(user__uid=user_uid, dataset__in=seen)
    roles = list(held.select_related("dataset").order_by("dataset__name", "role")[:LISTED])
    owners = Ownership.objects.current().filter(role=Role.OWNER, user__is_active=True)
    others = owners.filter(dataset__in=[role.dataset_id for role in roles]).exclude(user__uid=user_uid)
    shared = set(others.values_list("dataset_id", flat=True))
    return [Care(role, role.role == Role.OWNER and role.dataset_id not in shared) for role in roles]


def roles_today(dataset_uid: str) -> list[tuple[str, str]]:
    """(uid of a person, role) of everybody in a role on the dataset today."""
    rows = Ownership.objects.current().filter(dataset__uid=dataset_uid)
    return [(str(person), str(role)) for person, role in rows.values_list("user__uid", "role")]
