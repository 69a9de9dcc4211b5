"""Incidents: an open problem of a dataset with somebody who answers for it and a clock."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from catalog.choices import IncidentKind, IncidentState, Severity
from catalog.models.datasets import Dataset, DatasetVersion
from catalog.models.validation import ValidationRun
from catalog.models.visibility import dataset_condition
from governance.models import Identified


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: object) -> IncidentQuerySet:
        condition = dataset_condition(user, "dataset__")
        return self if condition is None else self.filter(condition)

    def open(self) -> IncidentQuerySet:
        return self.filter(state=IncidentState.OPEN)


class Incident(Identified):
    """Opened in the transaction that stored the failed outcome, with a notice to owner and steward."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="incidents")
    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="incidents")
    run = models.ForeignKey(ValidationRun, models.PROTECT, null=True, blank=True, related_name="incidents")
    kind = models.CharField(max_length=20, choices=IncidentKind)
    severity = models.CharField(max_length=10, choices=Severity, default=Severity.BLOCKER)
    facts = models.JSONField(default=dict, help_text="rule: failing rows")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=IncidentState, default=IncidentState.OPEN)
    opened_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "opened_at"], name="catalog_incident_state"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["version", "kind"],
                condition=models.Q(state=IncidentState.OPEN),
                name="catalog_incident_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state=IncidentState.OPEN) | models.Q(resolved_at__isnull=False),
                name="catalog_incident_resolved_has_time",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=IncidentState.values), name="catalog_incident_state_known"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:incident", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.dataset.name} · {self.kind}"
