"""Writing plans: one atomic write with its ledger row."""

from __future__ import annotations

from django.db import transaction

from governance import ledger
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.models import Backbone, TrainingPlan
from modeling.training.config import TrainingPlan as PlanDocument
from modeling.training.config import plan_bytes, plan_digest


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
