"""What comes of a run: scores with intervals and baselines, the registered model, its generated card."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import Identified
from modeling.choices import ModelState
from modeling.models.runs import TrainingRun


class Evaluation(models.Model):
    """One metric of one model (ours or a baseline) on the test part; differences are ours minus theirs."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="evaluations")
    metric = models.CharField(max_length=60)
    model = models.CharField(max_length=80)
    n = models.PositiveIntegerField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    gain = models.FloatField(null=True)
    gain_low = models.FloatField(null=True)
    gain_high = models.FloatField(null=True)
    verdict = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "metric", "model"], name="modeling_evaluation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.model}"


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def visible_to(self, user: Any) -> ModelVersionQuerySet:
        return self.filter(run__in=TrainingRun.objects.visible_to(user))


class ModelVersion(Identified):
    """The registered result θ* of a run; digest over weights, tokenizer and configuration."""

    name = models.CharField(_("name"), max_length=120)
    number = models.PositiveIntegerField()
    run = models.OneToOneField(TrainingRun, models.PROTECT, related_name="model")
    digest = models.CharField(max_length=80)
    weights_sha256 = models.CharField(max_length=64)
    level = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=ModelState, default=ModelState.REGISTERED)
    reason = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "number"], name="modeling_modelversion_unique"),
            models.CheckConstraint(
                condition=models.Q(state__in=ModelState.values), name="modeling_modelversion_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("modeling:model", args=[self.uid])


class ModelCard(models.Model):
    """The generated card of a model: Markdown with Hugging Face metadata, one per language."""

    model = models.ForeignKey(ModelVersion, models.CASCADE, related_name="cards")
    language = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["model", "language"], name="modeling_modelcard_language_once"),
        ]

    def __str__(self) -> str:
        return f"{self.model} ({self.language})"
