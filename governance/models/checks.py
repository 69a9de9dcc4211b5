"""Recomputations of the ledger asked for in the console or over the API, each with its verdict."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from governance.choices import JobState
from governance.models.jobs import Job

UNFINISHED = (JobState.WAITING, JobState.QUEUED, JobState.RUNNING)


class LedgerCheckQuerySet(models.QuerySet["LedgerCheck"]):
    def unfinished(self) -> LedgerCheckQuerySet:
        return self.filter(state__in=UNFINISHED)

    def ended(self) -> LedgerCheckQuerySet:
        """Those with a verdict."""
        return self.filter(state=JobState.SUCCEEDED)


class LedgerCheck(Job):
    """One recomputation of the whole ledger; `holds`, `entries`, `head` and `faults` are its verdict.

    No ledger row tells of it: a ledger whose head is broken takes none, and that is what has to be found.
    """

    holds = models.BooleanField(null=True)
    entries = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    faults = models.JSONField(default=list, help_text="place and code of each, at most a hundred")

    objects = LedgerCheckQuerySet.as_manager()

    class Meta(Job.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="governance_ledgercheck_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=JobState.SUCCEEDED) | models.Q(holds__isnull=False),
                name="governance_ledgercheck_verdict",
            ),
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(state__in=UNFINISHED), name="governance_ledgercheck_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entries} · {self.state}"
