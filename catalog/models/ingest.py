"""Uploads: a received file waiting to be read strictly and written to the lake by a worker."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.datasets import Dataset, DatasetVersion
from catalog.models.visibility import dataset_condition
from governance.choices import JobState
from governance.models import Job


class IngestRunQuerySet(models.QuerySet["IngestRun"]):
    def visible_to(self, user: object) -> IngestRunQuerySet:
        condition = dataset_condition(user, "dataset__")
        return self if condition is None else self.filter(condition)


class IngestRun(Job):
    """One upload. The version row appears when the worker has read and stored every byte of it."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="ingest_runs")
    filename = models.CharField(_("file"), max_length=200, help_text="as the sender named it, shown only")
    upload = models.CharField(max_length=200, help_text="relative to MEDIA_ROOT")
    bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    label = models.CharField(_("label"), max_length=40, blank=True)
    version = models.OneToOneField(DatasetVersion, models.PROTECT, null=True, blank=True, related_name="+")

    objects = IngestRunQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="catalog_ingestrun_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(bytes__gte=0), name="catalog_ingestrun_size_not_negative"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:ingest_run", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.dataset.name} ← {self.filename}"
