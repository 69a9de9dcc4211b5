"""Recipes (`f`), their immutable versions, cleaning runs, and the rows those set aside."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.models.datasets import Dataset, DatasetVersion
from catalog.models.visibility import dataset_condition
from governance.choices import JobState, Level
from governance.models import Identified, Job, local_name
from governance.permissions import is_active


class RecipeQuerySet(models.QuerySet["Recipe"]):
    def visible_to(self, user: object) -> RecipeQuerySet:
        """Recipes hold rules, never cells: everybody signed in may read them."""
        return self if is_active(user) else self.none()


class Recipe(Identified):
    """The cleaning `f` of the method: ordered deterministic steps, kept in versions."""

    name = models.SlugField(_("name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RecipeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def get_absolute_url(self) -> str:
        return reverse("catalog:recipe", args=[self.uid])

    def __str__(self) -> str:
        return local_name(self.title, self.title_zh)


class RecipeVersionQuerySet(models.QuerySet["RecipeVersion"]):
    def visible_to(self, user: object) -> RecipeVersionQuerySet:
        return self if is_active(user) else self.none()


class RecipeVersion(Identified):
    """One text of a recipe: the YAML bytes as given and their digest. Never edited, only succeeded."""

    recipe = models.ForeignKey(Recipe, models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=40)
    document = models.BinaryField(editable=False)
    digest = models.CharField(max_length=80)
    steps = models.JSONField(default=list, help_text="kinds in order, for lists")
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RecipeVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["recipe", "version"], name="catalog_recipeversion_unique"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:recipe_version", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.recipe.name} {self.version}"


class CleaningRunQuerySet(models.QuerySet["CleaningRun"]):
    def visible_to(self, user: object) -> CleaningRunQuerySet:
        condition = dataset_condition(user, "version__dataset__")
        return self if condition is None else self.filter(condition)


class CleaningRun(Job):
    """One application of a recipe version to a dataset version: a new version and a quarantine."""

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="cleaning_runs")
    recipe_version = models.ForeignKey(RecipeVersion, models.PROTECT, related_name="cleaning_runs")
    target = models.ForeignKey(Dataset, models.PROTECT, related_name="+")
    references = models.JSONField(default=dict, help_text="name: uid of the version given for it")
    output = models.OneToOneField(DatasetVersion, models.PROTECT, null=True, blank=True, related_name="+")
    rows_in = models.BigIntegerField(null=True, blank=True)
    rows_out = models.BigIntegerField(null=True, blank=True)
    rows_quarantined = models.BigIntegerField(null=True, blank=True)
    steps = models.JSONField(default=list, help_text="counts per step, as reported by the engine")

    objects = CleaningRunQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="catalog_cleaningrun_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(rows_in=None)
                | models.Q(rows_in=models.F("rows_out") + models.F("rows_quarantined")),
                name="catalog_cleaningrun_rows_balance",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:cleaning_run", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.recipe_version} → {self.version}"


class QuarantineQuerySet(models.QuerySet["Quarantine"]):
    def visible_to(self, user: object) -> QuarantineQuerySet:
        """Quarantined rows are originals: guarded by the right on the source (standard-rules §8)."""
        condition = dataset_condition(user, "version__dataset__")
        return self if condition is None else self.filter(condition)


class Quarantine(Identified):
    """The rows a cleaning run set aside, with every original cell. Insert-only."""

    run = models.OneToOneField(CleaningRun, models.PROTECT, related_name="quarantine")
    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="quarantines")
    path = models.CharField(max_length=300, help_text="relative to the lake")
    digest = models.CharField(max_length=80)
    rows = models.BigIntegerField()
    reasons = models.JSONField(default=dict, help_text="step or reason: rows")
    levels = models.JSONField(default=dict, help_text="column: level")
    level = models.PositiveSmallIntegerField(choices=Level)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuarantineQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(rows__gte=0), name="catalog_quarantine_rows_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=5), name="catalog_quarantine_level_range"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:quarantine", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.version} · {self.rows}"
