"""Writing guides: asking how the backbones read a version, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from catalog.models import Column, DatasetVersion
from catalog.paths import version_path
from catalog.selectors import hidden_columns
from governance import jobs, ledger
from governance.choices import JobState
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.choices import BackboneState
from modeling.models import Backbone, BackboneFit, BackboneGuide
from modeling.models.guides import OPEN_STATES
from modeling.places import place_of
from modeling.services.desks import answer_of

MOST_ROWS = 5000
MOST_BACKBONES = 50


def version_subject(version: DatasetVersion) -> SubjectRef:
    return SubjectRef("dataset_version", version.uid, version.digest)


@transaction.atomic
def guide_create(
    *, actor: User, version: DatasetVersion, columns: Sequence[str], max_length: int
) -> BackboneGuide:
    """Ask for a measurement; one of the same version that is under way already is that one."""
    open_one = BackboneGuide.objects.filter(version=version, state__in=OPEN_STATES).first()
    if open_one is not None:
        return open_one
    guide = BackboneGuide.objects.create(
        version=version, columns=list(columns), max_length=max_length, requested_by=actor
    )
    ledger.append(
        type="guide.requested",
        actor=actor,
        subject=version_subject(version),
        data={"guide": guide.uid, "columns": sorted(columns), "rows": MOST_ROWS},
    )
    return guide


def guide_carry_out(*, guide: BackboneGuide) -> None:
    """Measure every checked backbone on a sample; columns that a page would mask are never read.

    Raises DeskRefused, DeskStopped.
    """
    hidden = hidden_columns(guide.version)
    names = Column.objects.filter(version=guide.version).values_list("name", flat=True)
    asked = guide.columns or list(names)
    rows = list(Backbone.objects.filter(state=BackboneState.CHECKED).order_by("name")[:MOST_BACKBONES])
    order = {
        "path": str(version_path(guide.version)),
        "columns": [name for name in asked if name not in hidden],
        "chosen": bool(guide.columns),
        "rows": MOST_ROWS,
        "max_length": guide.max_length,
        "backbones": [_named(row) for row in rows],
    }
    made = answer_of(guide, {"call": "measure", "order": order})
    guide_store(guide=guide, made=made, hidden=sorted(hidden & set(asked)), backbones=rows)


def _named(backbone: Backbone) -> dict[str, str]:
    place = place_of(backbone)
    folder = str(place.folder) if place.folder else ""
    return {"uid": backbone.uid, "name": place.name, "folder": folder, "digest": backbone.digest}


@transaction.atomic
def guide_store(
    *, guide: BackboneGuide, made: Mapping[str, Any], hidden: Sequence[str], backbones: Sequence[Backbone]
) -> bool:
    """Store the figures. False where another attempt was faster."""
    if not jobs.move(guide, JobState.SUCCEEDED, detail={"failed": made["failed"]}):
        return False
    found = {
        "columns_read": made["columns"],
        "rows_read": made["rows"],
        "cjk": made["cjk"],
        "hidden": list(hidden),
    }
    BackboneGuide.objects.filter(pk=guide.pk).update(**found)
    BackboneFit.objects.bulk_create(
        BackboneFit(guide=guide, backbone=row, digest=row.digest, **made["fits"][row.uid])
        for row in backbones
        if row.uid in made["fits"]
    )
    data = {"guide": guide.uid, "columns": made["columns"], "rows": made["rows"]}
    ledger.append(
        type="guide.measured", actor=guide.requested_by, subject=version_subject(guide.version), data=data
    )
    return True


def guide_fail(*, guide: BackboneGuide, state: str, code: str, detail: dict[str, Any]) -> bool:
    """End a measurement without success."""
    return jobs.move(guide, state, reason=code, detail=detail)
