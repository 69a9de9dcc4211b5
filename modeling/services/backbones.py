"""Writing backbones: registering one, asking for a check, and what the check found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from governance import jobs, ledger
from governance.choices import JobState
from governance.database.locks import locked
from governance.exceptions import NameTaken
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.choices import BACKBONE_TRANSITIONS, BackboneKind, BackboneState
from modeling.models import Backbone, BackboneCheck
from modeling.models.guides import OPEN_STATES
from modeling.places import place_of, root
from modeling.services.desks import DeskRefused, answer_of
from modeling.training.failures import Refused

FOUND = (
    "architecture",
    "hidden_size",
    "max_length",
    "vocabulary",
    "layers",
    "inner_size",
    "parameters",
    "embedding",
    "weight_bytes",
    "digest",
)


def subject_of(backbone: Backbone) -> SubjectRef:
    return SubjectRef("backbone", backbone.uid, backbone.digest)


def backbone_create(
    *, actor: User, name: str, kind: str, place: str, licence: str, languages: Sequence[str]
) -> BackboneCheck:
    """Record a backbone and ask for its check. One that never passed a check gives its name free.

    Raises NameTaken.
    """
    given = {"kind": kind, "place": place, "licence": licence, "languages": list(languages)}
    try:
        with transaction.atomic():
            row = locked(Backbone.objects.filter(name=name, digest="", state=BackboneState.REFUSED)).first()
            if row is None:
                row = Backbone.objects.create(name=name, **given)
            else:
                Backbone.objects.filter(pk=row.pk).update(state=BackboneState.UNCHECKED, reason="", **given)
                row.refresh_from_db()
            check = BackboneCheck.objects.create(backbone=row, requested_by=actor)
            data = {"licence": licence, "kind": kind}
            ledger.append(type="backbone.registered", actor=actor, subject=subject_of(row), data=data)
    except IntegrityError as error:
        raise NameTaken(name=name) from error
    return check


@transaction.atomic
def check_create(*, actor: User, backbone: Backbone) -> BackboneCheck:
    """Ask for another look at the files; one that is under way already is that look."""
    locked(Backbone.objects.filter(pk=backbone.pk)).get()
    open_one = BackboneCheck.objects.filter(backbone=backbone, state__in=OPEN_STATES).first()
    if open_one is not None:
        return open_one
    check = BackboneCheck.objects.create(backbone=backbone, requested_by=actor)
    ledger.append(type="backbone.check_requested", actor=actor, subject=subject_of(backbone))
    return check


def check_carry_out(*, check: BackboneCheck) -> None:
    """Look at the files and write what was found. Raises DeskRefused, DeskStopped."""
    backbone = check.backbone
    place = place_of(backbone)
    order = {
        "name": place.name,
        "folder": str(place.folder) if place.folder else "",
        "root": str(root()) if place.folder else "",
        "fetch": settings.GAVEL_HUB_FETCH and backbone.kind == BackboneKind.HUB,
    }
    found = answer_of(check, {"call": "inspect", "order": order})
    if backbone.digest and backbone.digest != found["digest"]:
        changed = Refused("backbone.changed", name=backbone.name)
        raise DeskRefused(changed.code, changed.as_json())
    check_pass(check=check, found=found)


@transaction.atomic
def check_pass(*, check: BackboneCheck, found: Mapping[str, Any]) -> bool:
    """Write what the files are. False where another attempt was faster."""
    if not jobs.move(check, JobState.SUCCEEDED):
        return False
    values = {name: found[name] for name in FOUND}
    _move(check.backbone, BackboneState.CHECKED, **values, reason="", reason_detail={})
    data = {"architecture": found["architecture"], "parameters": found["parameters"]}
    subject = SubjectRef("backbone", check.backbone.uid, found["digest"])
    ledger.append(type="backbone.checked", actor=check.requested_by, subject=subject, data=data)
    return True


@transaction.atomic
def check_fail(*, check: BackboneCheck, state: str, code: str, detail: dict[str, Any]) -> bool:
    """End a check without success; what the files are at fault for refuses the backbone too."""
    if not jobs.move(check, state, reason=code, detail=detail):
        return False
    if code.startswith("backbone."):
        _move(check.backbone, BackboneState.REFUSED, reason=code, reason_detail=detail)
        subject = subject_of(check.backbone)
        ledger.append(
            type="backbone.refused", actor=check.requested_by, subject=subject, accepted=False, code=code
        )
    return True


def _move(backbone: Backbone, target: str, **values: Any) -> None:
    sources = [source for source, targets in BACKBONE_TRANSITIONS.items() if target in targets]
    rows = Backbone.objects.filter(pk=backbone.pk, state__in=sources)
    rows.update(state=target, checked_at=timezone.now(), **values)
