"""Derivations: versions computed from versions, such as a record-disjoint split."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from catalog.choices import Derivation
from catalog.models.datasets import DatasetVersion
from catalog.models.visibility import dataset_condition
from governance.choices import JobState
from governance.models import Job


class DerivationRunQuerySet(models.QuerySet["DerivationRun"]):
    def visible_to(self, user: object) -> DerivationRunQuerySet:
        """Visible with its first input, which every other input had to equal in rights when it was asked
        for."""
        condition = dataset_condition(user, "version__dataset__")
        return self if condition is None else self.filter(condition)


class DerivationRun(Job):
    """One derivation. `version` is the first input; `inputs` all of them in order; `targets` part: dataset
    uid."""

    kind = models.CharField(max_length=40, choices=Derivation, default=Derivation.RECORD_DISJOINT_SPLIT)
    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="derivation_runs")
    inputs = models.JSONField(default=list)
    parameters = models.JSONField(default=dict)
    targets = models.JSONField(default=dict)
    outputs = models.JSONField(default=dict, help_text="part: uid of the version made")
    facts = models.JSONField(default=dict, help_text="counts, as reported by the engine")

    objects = DerivationRunQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="catalog_derivationrun_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=Derivation.values), name="catalog_derivationrun_kind_known"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:derivation_run", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.kind} · {self.version}"
