"""Rules that the profile of a version speaks for, and what a person answered. Both are insert-only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from catalog.choices import Severity, SuggestionState
from catalog.models.datasets import DatasetVersion
from catalog.models.validation import ValidationRun
from catalog.models.visibility import dataset_condition
from governance.choices import JobState
from governance.models import StandardVersion, local_name
from governance.models.base import Identified


class RuleSuggestionQuerySet(models.QuerySet["RuleSuggestion"]):
    def visible_to(self, user: object) -> RuleSuggestionQuerySet:
        condition = dataset_condition(user, "version__dataset__")
        return self if condition is None else self.filter(condition)

    def current(self) -> RuleSuggestionQuerySet:
        """Those of the newest finished check of each version."""
        checks = ValidationRun.objects.filter(state=JobState.SUCCEEDED, dry_run=False)
        newest = checks.filter(version=OuterRef("version"))
        return self.filter(run_id=Subquery(newest.order_by("-pk").values("pk")[:1]))

    def in_state(self, state: str) -> RuleSuggestionQuerySet:
        """open, accepted or rejected."""
        if state == SuggestionState.OPEN:
            return self.filter(reply=None)
        return self.filter(reply__answer=state)


class RuleSuggestion(Identified):
    """A rule the standard does not have and the data speaks for, with its evidence and the edit it means.

    `rule_key` is the same for the same rule whatever check suggested it, `topic` for every rule of the kind
    about the same columns. Masked like the report: nothing in it tells a value of a masked column.
    """

    run = models.ForeignKey(ValidationRun, models.PROTECT, related_name="suggestions")
    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="suggestions")
    position = models.PositiveIntegerField()
    rule_key = models.CharField(max_length=32)
    topic = models.CharField(max_length=32)
    object_name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    columns = models.JSONField(default=list)
    severity = models.CharField(max_length=10, choices=Severity)
    dimension = models.CharField(max_length=20)
    parameters = models.JSONField(default=dict)
    change = models.JSONField(default=dict, help_text="as governance.validation.standard.changing takes it")
    edits = models.JSONField(default=list, help_text="pointer and value in the standard that was checked")
    sentence_en = models.TextField()
    sentence_zh = models.TextField()
    why_en = models.TextField()
    why_zh = models.TextField()
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RuleSuggestionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "position"], name="catalog_rulesuggestion_position"),
            models.UniqueConstraint(fields=["run", "rule_key"], name="catalog_rulesuggestion_rule"),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="catalog_rulesuggestion_severity_known"
            ),
        ]

    def __str__(self) -> str:
        return local_name(self.sentence_en, self.sentence_zh)

    def get_absolute_url(self) -> str:
        return f"{reverse('catalog:suggestions', args=[self.version.uid])}#s-{self.uid}"

    @property
    def why(self) -> str:
        return local_name(self.why_en, self.why_zh)

    @property
    def answered(self) -> SuggestionAnswer | None:
        """What a person said to it; None while it is open."""
        return getattr(self, "reply", None)

    @property
    def state(self) -> str:
        answered = self.answered
        return answered.answer if answered else SuggestionState.OPEN

    def as_remembered(self) -> dict[str, Any]:
        """What a later check needs to know of a rejection (`governance.validation.suggesting.memory`)."""
        return {"topic": self.topic, "parameters": self.parameters, "evidence": self.evidence}


class SuggestionAnswer(models.Model):
    """Accepted, with the draft the rule went into, or rejected, with the reason."""

    suggestion = models.OneToOneField(RuleSuggestion, models.PROTECT, related_name="reply")
    answer = models.CharField(max_length=8, choices=SuggestionState)
    reason = models.CharField(max_length=500, blank=True)
    standard_version = models.ForeignKey(
        StandardVersion, models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(answer=SuggestionState.ACCEPTED, standard_version__isnull=False)
                | Q(answer=SuggestionState.REJECTED, standard_version=None) & ~Q(reason=""),
                name="catalog_suggestionanswer_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.suggestion} · {self.get_answer_display()}"
