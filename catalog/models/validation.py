"""Validation runs, their outcome per rule, and the profile of a version."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from catalog.choices import Engine, EnginePolicy, EngineReason, GateState, Severity, Verdict
from catalog.models.datasets import DatasetVersion
from catalog.models.visibility import dataset_condition
from governance.choices import JobState
from governance.models import Job, StandardVersion


class ValidationRunQuerySet(models.QuerySet["ValidationRun"]):
    def visible_to(self, user: object) -> ValidationRunQuerySet:
        condition = dataset_condition(user, "version__dataset__")
        return self if condition is None else self.filter(condition)

    def evidence(self) -> ValidationRunQuerySet:
        """Finished checks of all rows against the text the standard's version still has: no dry runs."""
        same = models.F("standard_version__digest")
        return self.filter(state=JobState.SUCCEEDED, dry_run=False, standard_digest=same)


class ValidationRun(Job):
    """One check of `D_c ∈ S_D`. The report is written once, masked, and is the same for every reader."""

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="validation_runs")
    standard_version = models.ForeignKey(StandardVersion, models.PROTECT, related_name="+")
    object_name = models.CharField(max_length=120, blank=True)
    references = models.JSONField(default=dict, help_text="name: uid of the version given for it")
    previous = models.ForeignKey(DatasetVersion, models.PROTECT, null=True, blank=True, related_name="+")
    engine_asked = models.CharField(max_length=6, choices=EnginePolicy, default=EnginePolicy.AUTO)
    engine_name = models.CharField(max_length=6, choices=Engine, default=Engine.POLARS)
    engine_reason = models.CharField(max_length=10, choices=EngineReason, blank=True)
    standard_digest = models.CharField(
        max_length=80, blank=True, help_text="of the text it was asked for with: a draft may be edited since"
    )
    dry_run = models.BooleanField(default=False, help_text="tries a standard out; never evidence of a gate")
    sample_rows = models.PositiveIntegerField(
        null=True, blank=True, help_text="the first so many rows are judged; empty: all of them"
    )
    verdict = models.CharField(max_length=10, blank=True, choices=Verdict)
    gate = models.CharField(max_length=12, blank=True, choices=GateState)
    gate_until = models.DateTimeField(null=True, blank=True, help_text="the instant its first waiver ends")
    score = models.CharField(max_length=10, blank=True, help_text="0 to 100 as text, two decimals")
    dimensions = models.JSONField(default=dict, help_text="dimension: score as text")
    counts = models.JSONField(default=dict)
    rows = models.BigIntegerField(null=True, blank=True)
    not_executed = models.JSONField(default=list)
    warnings = models.JSONField(default=list)
    engine = models.JSONField(default=dict)
    work = models.JSONField(
        default=dict, help_text="step, rows_per_second while it runs; seconds, cpu_seconds, peak_bytes after"
    )
    outcomes_digest = models.CharField(max_length=80, blank=True)
    report_digest = models.CharField(max_length=80, blank=True)

    objects = ValidationRunQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="catalog_validationrun_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["", *Verdict.values]),
                name="catalog_validationrun_verdict_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=JobState.SUCCEEDED) | ~models.Q(verdict=""),
                name="catalog_validationrun_success_has_verdict",
            ),
            models.CheckConstraint(
                condition=models.Q(dry_run=True) | models.Q(sample_rows=None),
                name="catalog_validationrun_sample_is_dry",
            ),
            models.CheckConstraint(
                condition=models.Q(engine_name__in=Engine.values), name="catalog_validationrun_engine_known"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:validation_run", args=[self.uid])

    def __str__(self) -> str:
        return f"{self.version} · {self.standard_version}"


class RuleOutcome(models.Model):
    """The result of one rule: exact counts and masked samples. Insert-only."""

    run = models.ForeignKey(ValidationRun, models.PROTECT, related_name="outcomes")
    position = models.PositiveIntegerField()
    rule_id = models.CharField(max_length=300)
    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=300, blank=True)
    columns = models.JSONField(default=list)
    severity = models.CharField(max_length=10, choices=Severity)
    dimension = models.CharField(max_length=20)
    level = models.CharField(max_length=6, help_text="row or table")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reason = models.CharField(max_length=40, blank=True)
    failing_rows = models.BigIntegerField(null=True, blank=True)
    checked_rows = models.BigIntegerField(null=True, blank=True)
    threshold = models.JSONField(null=True, blank=True)
    observed = models.JSONField(null=True, blank=True)
    details = models.JSONField(default=dict)
    samples = models.JSONField(default=list)
    waived = models.CharField(max_length=120, blank=True)
    message_en = models.TextField(blank=True)
    message_zh = models.TextField(blank=True)
    pandera = models.TextField(
        null=True, help_text="the Pandera form that ran; null where the check is older than its keeping"
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "position"], name="catalog_ruleoutcome_position"),
            models.UniqueConstraint(fields=["run", "rule_id"], name="catalog_ruleoutcome_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.verdict}"


class ValidationReport(models.Model):
    """The report of a run, byte for byte as the engine wrote it: masked, the same for every reader.
    Insert-only."""

    run = models.OneToOneField(ValidationRun, models.PROTECT, related_name="report")
    document = models.BinaryField(help_text="JSON, UTF-8 (validation-report.schema.json)")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.run}"


class Profile(models.Model):
    """Statistics of one column of a version, masked like the report. Insert-only, one per column."""

    version = models.ForeignKey(DatasetVersion, models.PROTECT, related_name="profiles")
    position = models.PositiveIntegerField()
    column = models.CharField(max_length=300)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["version", "column"], name="catalog_profile_column"),
        ]

    def __str__(self) -> str:
        return self.column
