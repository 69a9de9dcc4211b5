"""What a client outside keeps of its run beside points: parameters, tags, and values no chart can draw."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from modeling.choices import GapKind
from modeling.models.runs import TrainingRun


class TrackedParam(models.Model):
    """One parameter of a run, written once and never changed."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="params")
    key = models.CharField(max_length=250)
    value = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "key"], name="modeling_trackedparam_once"),
        ]

    def __str__(self) -> str:
        return self.key


class TrackedTag(models.Model):
    """One tag of a run; a later value replaces it."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="tags")
    key = models.CharField(max_length=250)
    value = models.TextField()

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "key"], name="modeling_trackedtag_once"),
        ]

    def __str__(self) -> str:
        return self.key


class TrackedGap(models.Model):
    """A metric that was no finite number at a step: kept beside the points, so that no curve draws it."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="gaps")
    metric = models.CharField(max_length=80)
    step = models.PositiveIntegerField()
    kind = models.CharField(max_length=5, choices=GapKind)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "metric", "step"], name="modeling_trackedgap_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=GapKind.values), name="modeling_trackedgap_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}@{self.step}"
