"""Datasets, their immutable versions, columns, and who answers for them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.choices import CARING_ROLES, Domain, EnginePolicy, Role
from catalog.models.sources import Source
from catalog.models.visibility import dataset_condition
from governance.choices import Level
from governance.models import Identified, Standard, local_name


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def visible_to(self, user: object) -> DatasetQuerySet:
        condition = dataset_condition(user)
        return self if condition is None else self.filter(condition)

    def current(self) -> DatasetQuerySet:
        """Without those that were archived."""
        return self.filter(archived_at=None)


class Dataset(Identified):
    """The governed asset. Its bytes live in versions; who answers for it in Ownership."""

    name = models.SlugField(_("name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    description_zh = models.TextField(_("description (Chinese)"), blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, related_name="datasets", null=True, blank=True, verbose_name=_("source")
    )
    level = models.PositiveSmallIntegerField(_("classification level"), choices=Level, default=Level.INTERNAL)
    domain = models.CharField(_("domain"), max_length=20, choices=Domain, default=Domain.OTHER)
    standard = models.ForeignKey(
        Standard, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("standard")
    )
    object_name = models.CharField(_("object of the standard"), max_length=120, blank=True)
    validation_engine = models.CharField(
        _("engine of its checks"), max_length=6, choices=EnginePolicy, default=EnginePolicy.AUTO
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=5), name="catalog_dataset_level_range"
            ),
            models.CheckConstraint(
                condition=models.Q(domain__in=Domain.values), name="catalog_dataset_domain_known"
            ),
            models.CheckConstraint(
                condition=models.Q(validation_engine__in=EnginePolicy.values),
                name="catalog_dataset_engine_known",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:dataset", args=[self.uid])

    def __str__(self) -> str:
        return local_name(self.title, self.title_zh)


class DatasetVersionQuerySet(models.QuerySet["DatasetVersion"]):
    def visible_to(self, user: object) -> DatasetVersionQuerySet:
        condition = dataset_condition(user, "dataset__")
        return self if condition is None else self.filter(condition)


class DatasetVersion(Identified):
    """One immutable state of a dataset: its files with SHA-256 and their common digest. Insert-only."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=80)
    path = models.CharField(max_length=300, help_text="relative to the lake")
    rows = models.BigIntegerField()
    bytes = models.BigIntegerField()
    files = models.JSONField(default=dict, help_text="relative path: SHA-256 hex")
    label = models.CharField(_("label"), max_length=40, blank=True)
    made_by_kind = models.CharField(max_length=40)
    made_by_id = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DatasetVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["made_by_kind", "made_by_id"], name="catalog_version_made_by"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["dataset", "number"], name="catalog_datasetversion_number"),
            models.CheckConstraint(
                condition=models.Q(digest__startswith="sha256:"), name="catalog_datasetversion_digest_form"
            ),
            models.CheckConstraint(
                condition=models.Q(rows__gte=0, bytes__gte=0), name="catalog_datasetversion_size_not_negative"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:version", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.dataset.name} v{self.number}"


class Column(models.Model):
    """A field of one version. `level` is empty where the standard does not classify it."""

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="columns")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    type = models.CharField(max_length=80)
    level = models.PositiveSmallIntegerField(null=True, blank=True, choices=Level)
    pii = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "position"], name="catalog_column_position"),
            models.UniqueConstraint(fields=["version", "name"], name="catalog_column_name"),
        ]

    def __str__(self) -> str:
        return self.name


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    def current(self, on: dt.date | None = None) -> OwnershipQuerySet:
        """Roles in force on a local date (inclusive ends)."""
        day = on or timezone.localdate()
        return self.filter(since__lte=day).filter(models.Q(until=None) | models.Q(until__gte=day))

    def caring(self) -> OwnershipQuerySet:
        """Roles that may change the asset: owner, steward, custodian."""
        return self.filter(role__in=CARING_ROLES)


class Ownership(Identified):
    """A dated role of a person on a dataset."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="ownerships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["since", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["dataset", "user", "role"],
                condition=models.Q(until=None),
                name="catalog_ownership_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="catalog_ownership_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="catalog_ownership_period_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"
