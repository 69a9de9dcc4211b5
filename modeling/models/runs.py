"""Training runs, what they read, and the series they leave."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from catalog.models import DatasetVersion
from governance.choices import JobState
from governance.models import Job
from modeling.choices import DataRole, Priority
from modeling.models.devices import Device
from modeling.models.plans import TrainingPlan


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def visible_to(self, user: Any) -> TrainingRunQuerySet:
        """Runs show figures, not rows; who may not see an input version does not see its run either."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        seen = DatasetVersion.objects.visible_to(user).filter(pk=models.OuterRef("version_id"))
        hidden = RunInput.objects.filter(~models.Exists(seen), run=models.OuterRef("pk"))
        return self.filter(models.Q(requested_by_id=user.pk) | ~models.Exists(hidden))

    def unfinished(self) -> TrainingRunQuerySet:
        return self.filter(state__in=[JobState.WAITING, JobState.QUEUED, JobState.RUNNING])


class TrainingRun(Job):
    """One job of one plan on named versions, under the permits of its inputs."""

    plan = models.ForeignKey(TrainingPlan, models.PROTECT, related_name="runs")
    plan_digest = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    cpu_seconds_asked = models.PositiveIntegerField(default=0)
    cpu_seconds_used = models.FloatField(default=0)
    device_seconds_asked = models.PositiveIntegerField(default=0, help_text="0: no more than its CPU time")
    device_seconds_used = models.FloatField(default=0)
    device = models.ForeignKey(
        Device,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="runs",
        help_text="where it is, or was last",
    )
    notes = models.TextField(blank=True)
    result = models.JSONField(default=dict)
    external = models.BooleanField(default=False, help_text="trained outside; a client logs to it")

    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    holder = models.CharField(
        max_length=80,
        blank=True,
        help_text="whose share of the machines it takes from: the holder of its permit",
    )

    objects = TrainingRunQuerySet.as_manager()
    #: Where it stands in the queue (`selectors.queue.Place`), where a page asked.
    place: Any = None

    class Meta(Job.Meta):
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["started_at", "holder"], name="modeling_run_share"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="modeling_trainingrun_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(priority__in=Priority.values), name="modeling_trainingrun_priority_known"
            ),
            models.UniqueConstraint(
                fields=["device"],
                condition=models.Q(state=JobState.RUNNING),
                name="modeling_trainingrun_one_per_device",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:run", args=[self.uid])


class RunInput(models.Model):
    """Which version a run reads in which role, and under which permit it was let in."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="inputs")
    role = models.CharField(max_length=10, choices=DataRole)
    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=80)
    where_column = models.CharField(max_length=120, blank=True)
    where_equals = models.CharField(max_length=200, blank=True)
    permit_uid = models.CharField(max_length=64, blank=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "role"], name="modeling_runinput_role_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.version_id}"


class MetricPoint(models.Model):
    """One value of one metric at one step. A resumed run writes a step again with the same value."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="points")
    metric = models.CharField(max_length=80)
    step = models.PositiveIntegerField()
    value = models.FloatField()
    epoch = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "metric", "step"], name="modeling_metricpoint_once"),
        ]

    def __str__(self) -> str:
        return f"{self.metric}@{self.step}"


class LogLine(models.Model):
    """One line of the run's log: a code and facts, never a cell value."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="log")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    level = models.CharField(max_length=10)
    code = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "number"], name="modeling_logline_once"),
        ]

    def __str__(self) -> str:
        return self.code
