"""Searches over hyper-parameters: one plan, what varies in it, and the run of every trial."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from governance.models import Identified
from modeling.choices import SweepState
from modeling.models.plans import TrainingPlan
from modeling.models.runs import TrainingRun


class SweepQuerySet(models.QuerySet["Sweep"]):
    def visible_to(self, user: Any) -> SweepQuerySet:
        """Who may see the run of its first trial sees the search: all trials read the same versions."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        first = SweepTrial.objects.filter(
            sweep=models.OuterRef("pk"), number=0, run__in=TrainingRun.objects.visible_to(user)
        )
        return self.filter(models.Q(requested_by_id=user.pk) | models.Exists(first))


class Sweep(Identified):
    """A search. Its trials are runs like any other, under the same permits and their budget."""

    plan = models.ForeignKey(TrainingPlan, models.PROTECT, related_name="sweeps")
    name = models.CharField(max_length=120)
    space = models.JSONField()
    trials_asked = models.PositiveIntegerField()
    parallel = models.PositiveIntegerField(default=1)
    cpu_seconds = models.PositiveIntegerField(help_text="of each trial")
    seed = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=SweepState, default=SweepState.RUNNING)
    reason = models.CharField(max_length=80, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SweepQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state"], name="modeling_sweep_state")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=SweepState.values), name="modeling_sweep_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:sweep", args=[self.uid])


class SweepTrial(models.Model):
    """One trial: the values it tried (none of the first, which is the plan as it is) and what came of it.

    `value` is the task's first metric on the validation rows; the test rows never choose.
    """

    sweep = models.ForeignKey(Sweep, models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()
    run = models.OneToOneField(TrainingRun, models.PROTECT, related_name="trial")
    values = models.JSONField(default=dict)
    value = models.FloatField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["sweep", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sweep", "number"], name="modeling_sweeptrial_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sweep_id} #{self.number}"
