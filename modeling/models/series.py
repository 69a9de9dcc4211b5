"""What is known of each metric of a run without reading its points."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from modeling.models.runs import TrainingRun


class MetricSeries(models.Model):
    """One metric of one run in figures, kept beside its points as they are stored.

    `recount`: a point was written again, out of order or taken away; the points know better until somebody
    counts them anew. Steps of `low` and `high` are the first with that value.
    """

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="series")
    metric = models.CharField(max_length=80)
    points = models.PositiveIntegerField(default=0)
    last = models.FloatField(null=True)
    last_step = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField(null=True)
    low = models.FloatField(null=True)
    low_step = models.PositiveIntegerField(default=0)
    high = models.FloatField(null=True)
    high_step = models.PositiveIntegerField(default=0)
    recount = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["metric"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "metric"], name="modeling_metricseries_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["run"], condition=models.Q(recount=True), name="modeling_metricseries_recount"
            ),
        ]

    def __str__(self) -> str:
        return self.metric
