"""Decisions, permits and what happens to permits. All insert-only; status is computed, never stored."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from governance.choices import DecisionOutcome, PermitEventKind, PermitKind, PermitUseKind
from governance.models.base import Identified, SubjectFields


class Decision(Identified, SubjectFields):
    """The outcome about a digest. Written only by governance.services.decisions."""

    case_id = models.CharField(max_length=80, unique=True)
    committee = models.CharField(max_length=80)
    resolution = models.CharField(max_length=120, unique=True)
    outcome = models.CharField(max_length=30, choices=DecisionOutcome)
    action = models.CharField(max_length=40)
    purpose = models.CharField(max_length=80)
    decided_at = models.DateTimeField()
    rules_digest = models.CharField(max_length=80)
    case_ledger_head = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["-decided_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id"], name="governance_decision_subject"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=DecisionOutcome.values),
                name="governance_decision_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return self.resolution


class Permit(Identified, SubjectFields):
    """The live, expiring, revocable right a decision gives. Every field of the grant is signed."""

    kind = models.CharField(max_length=12, choices=PermitKind)
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, blank=True, related_name="permits")
    case_id = models.CharField(max_length=80)
    action = models.CharField(max_length=40)
    purpose = models.CharField(max_length=80)
    holder = models.CharField(max_length=80, help_text="team:<uid> or user:<uid>")
    terms = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    key_id = models.CharField(max_length=40)
    signature = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-valid_from", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_id", "action"], name="governance_permit_subject"),
            models.Index(fields=["valid_until"], name="governance_permit_until"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["case_id", "kind"], name="governance_permit_one_per_case_and_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("valid_from")),
                name="governance_permit_period_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} · {self.purpose} · {self.uid[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("governance:permit", args=[self.uid])


class PermitEvent(models.Model):
    """What happened to a permit: a condition met, a revocation, a change of its subject."""

    permit = models.ForeignKey(Permit, models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20, choices=PermitEventKind)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    condition = models.CharField(max_length=80, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["permit", "kind", "condition"], name="governance_permitevent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class PermitUse(models.Model):
    """Each use or refusal of a permit, with what it cost. A refusal without any permit names none."""

    permit = models.ForeignKey(Permit, models.PROTECT, null=True, blank=True, related_name="uses")
    kind = models.CharField(max_length=10, choices=PermitUseKind)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    job_kind = models.CharField(max_length=60, blank=True)
    job_id = models.CharField(max_length=64, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    code = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    cpu_seconds = models.FloatField(default=0)
    device_seconds = models.FloatField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["job_id"], name="governance_permituse_job"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["permit", "job_id", "kind"],
                condition=~models.Q(kind=PermitUseKind.REFUSED),
                name="governance_permituse_once_per_job",
            ),
            models.CheckConstraint(
                condition=models.Q(cpu_seconds__gte=0), name="governance_permituse_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(device_seconds__gte=0), name="governance_permituse_device_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.job_id}"
