"""Checks of backbones, and how their tokenizers read a version: jobs and what they found."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse

from catalog.models import DatasetVersion
from governance.choices import JobState
from governance.models import Job
from modeling.models.plans import Backbone

OPEN_STATES = (JobState.WAITING, JobState.QUEUED, JobState.RUNNING)


class BackboneCheck(Job):
    """One look at the files of a backbone; it writes what it found into the backbone."""

    backbone = models.ForeignKey(Backbone, models.PROTECT, related_name="checks")

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="modeling_backbonecheck_state_known"
            ),
            models.UniqueConstraint(
                fields=["backbone"],
                condition=models.Q(state__in=OPEN_STATES),
                name="modeling_backbonecheck_one_open",
            ),
        ]

    def __str__(self) -> str:
        return str(self.backbone)


class BackboneGuideQuerySet(models.QuerySet["BackboneGuide"]):
    def visible_to(self, user: Any) -> BackboneGuideQuerySet:
        return self.filter(version__in=DatasetVersion.objects.visible_to(user))


class BackboneGuide(Job):
    """Measures how every checked backbone reads a sample of a version. It stores figures, never a text.

    `columns` were asked for (none: the engine chooses sentences), `columns_read` were read; `hidden` are left
    out because their cells would be masked on a page. `cjk` is the share of CJK among the letters.
    """

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="+")
    columns = models.JSONField(default=list)
    max_length = models.PositiveIntegerField()
    columns_read = models.JSONField(default=list)
    hidden = models.JSONField(default=list)
    rows_read = models.PositiveIntegerField(default=0)
    cjk = models.FloatField(default=0)

    objects = BackboneGuideQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="modeling_backboneguide_state_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.version)

    def get_absolute_url(self) -> str:
        return f"{reverse('modeling:guide')}?version={self.version.uid}"


class BackboneFit(models.Model):
    """How one backbone, under the digest it had, reads the sample of a guide. `columns`: tokens and unknown
    ones of each; lengths are tokens per row of all columns joined."""

    guide = models.ForeignKey(BackboneGuide, models.CASCADE, related_name="fits")
    backbone = models.ForeignKey(Backbone, models.PROTECT, related_name="fits")
    digest = models.CharField(max_length=80)
    texts = models.PositiveIntegerField()
    tokens = models.BigIntegerField()
    unknown = models.BigIntegerField()
    p50 = models.PositiveIntegerField()
    p90 = models.PositiveIntegerField()
    p99 = models.PositiveIntegerField()
    longest = models.PositiveIntegerField()
    cut = models.PositiveIntegerField()
    columns = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["guide", "backbone"], name="modeling_backbonefit_once"),
        ]

    def __str__(self) -> str:
        return f"{self.backbone_id}: {self.guide_id}"
