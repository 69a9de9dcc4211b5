"""Writing backbones and plans: each one atomic write with its ledger row."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from governance import ledger
from governance.exceptions import NameTaken
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.models import Backbone, TrainingPlan
from modeling.training.backbones import Backbone as Files
from modeling.training.config import TrainingPlan as PlanDocument
from modeling.training.config import plan_bytes, plan_digest


def backbone_create(
    *, actor: User, name: str, kind: str, place: str, licence: str, languages: Sequence[str], files: Files
) -> Backbone:
    """Register a pretrained model with the digest of its files. Raises NameTaken."""
    try:
        with transaction.atomic():
            row = Backbone.objects.create(
                name=name,
                kind=kind,
                place=place,
                licence=licence,
                languages=list(languages),
                architecture=files.architecture,
                hidden_size=files.hidden_size,
                max_length=files.max_length,
                digest=files.digest,
            )
            subject = SubjectRef("backbone", row.uid, row.digest)
            ledger.append(type="backbone.registered", actor=actor, subject=subject, data={"licence": licence})
    except IntegrityError as error:
        raise NameTaken(name=name) from error
    return row


@transaction.atomic
def plan_create(*, actor: User, name: str, backbone: Backbone, plan: PlanDocument) -> TrainingPlan:
    """Store a frozen plan under its digest."""
    row = TrainingPlan.objects.create(
        name=name,
        task=plan.task,
        method=plan.method,
        purpose=plan.purpose,
        backbone=backbone,
        document=plan_bytes(plan).decode(),
        digest=plan_digest(plan),
        created_by=actor,
    )
    subject = SubjectRef("training_plan", row.uid, row.digest)
    ledger.append(type="training_plan.created", actor=actor, subject=subject, data={"name": name})
    return row
