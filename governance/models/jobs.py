"""The abstract job: a row in the database that a worker claims; the Celery message is only a wake-up."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from governance.choices import JobState
from governance.models.base import Identified


class Job(Identified):
    """State, lease, attempt, heartbeat, cancel and progress of a long piece of work (house: jobs)."""

    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED, db_index=True)
    reason = models.CharField(max_length=80, blank=True, help_text="stable code of why it waits or failed")
    reason_detail = models.JSONField(default=dict, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(default=0)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    @property
    def is_over(self) -> bool:
        return self.state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
