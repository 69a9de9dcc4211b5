"""Rules by which a person is told of a run, and what each of them told."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from governance.models import Identified, User
from modeling.choices import AlertKind
from modeling.models.plans import TrainingPlan
from modeling.models.runs import TrainingRun


class MetricAlertQuerySet(models.QuerySet["MetricAlert"]):
    def visible_to(self, user: Any) -> MetricAlertQuerySet:
        """A rule is its owner's own: it says what they wait for, not what the run did."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(owner_id=user.pk)

    def over(self, run: TrainingRun) -> MetricAlertQuerySet:
        """Rules of a run or of its plan, of active people, that have not told of this run yet."""
        told = AlertFiring.objects.filter(alert=models.OuterRef("pk"), run=run)
        return self.filter(
            Q(run=run) | Q(plan_id=run.plan_id), ~models.Exists(told), owner__is_active=True
        ).select_related("owner")


class MetricAlert(Identified):
    """Tell `owner` once of a run (or of each run of a plan) when the condition holds."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, null=True, related_name="alerts")
    plan = models.ForeignKey(TrainingPlan, models.CASCADE, null=True, related_name="alerts")
    owner = models.ForeignKey(User, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=AlertKind)
    metric = models.CharField(max_length=80, blank=True)
    threshold = models.FloatField(null=True)
    minutes = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MetricAlertQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(run__isnull=True) ^ Q(plan__isnull=True), name="modeling_metricalert_one_scope"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=AlertKind.values), name="modeling_metricalert_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.metric}".strip()


class AlertFiring(models.Model):
    """A rule told of a run; once, so that a curve that swings about a threshold is no flood."""

    alert = models.ForeignKey(MetricAlert, models.CASCADE, related_name="firings")
    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="firings")
    step = models.PositiveIntegerField(null=True)
    value = models.FloatField(null=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["alert", "run"], name="modeling_alertfiring_once"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} · {self.run_id}"
