"""Which versions a standard's reference names stand for, when nobody names them (issue part 3)."""

from __future__ import annotations

from catalog.models import Dataset, DatasetVersion
from catalog.selectors.versions import latest_version, latest_versions

COUNTERPART = "counterpart"
OPPOSITES = {"train": "test", "test": "train", "valid": "train"}


def references_for(version: DatasetVersion) -> dict[str, str]:
    """Reference name → version uid: the newest version of each dataset under the same standard, by object
    name.

    `counterpart` is the other part of the same split: made by the same run, else of the same dataset.
    """
    dataset = version.dataset
    found: dict[str, str] = {}
    if dataset.standard_id is not None:
        siblings = Dataset.objects.current().filter(standard=dataset.standard_id).exclude(object_name="")
        names = dict(siblings.order_by("-created_at", "-pk").values_list("pk", "object_name"))
        latest = latest_versions(names)
        found = {names[pk]: one.uid for pk, one in latest.items() if names[pk] != dataset.object_name}
        if dataset.object_name:
            found[dataset.object_name] = version.uid
    counterpart = _counterpart(version)
    return found | ({COUNTERPART: counterpart.uid} if counterpart else {})


def _counterpart(version: DatasetVersion) -> DatasetVersion | None:
    other = OPPOSITES.get(version.label)
    if other is None:
        return None
    made = DatasetVersion.objects.filter(
        made_by_kind=version.made_by_kind, made_by_id=version.made_by_id, label=other
    ).first()
    return made or latest_version(version.dataset, label=other)
