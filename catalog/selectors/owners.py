"""Who has a role on a dataset today, for rooms that ask about interests and answers."""

from __future__ import annotations

from catalog.models import Ownership


def roles_today(dataset_uid: str) -> list[tuple[str, str]]:
    """(uid of a person, role) of everybody in a role on the dataset today."""
    rows = Ownership.objects.current().filter(dataset__uid=dataset_uid)
    return [(str(person), str(role)) for person, role in rows.values_list("user__uid", "role")]
