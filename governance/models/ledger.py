"""The hash-chained ledger, its head, and the outbox that wakes other rooms."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from governance.choices import DeliveryState
from governance.models.base import Identified, SubjectFields


class LedgerEntry(SubjectFields):
    """One governance event. `data` is canonical JSON text; `hash` covers every other column."""

    seq = models.BigIntegerField(primary_key=True)
    at = models.CharField(max_length=32)
    actor = models.CharField(max_length=80)
    type = models.CharField(max_length=60)
    accepted = models.BooleanField(default=True)
    code = models.CharField(max_length=80, blank=True)
    data = models.TextField()
    salt = models.CharField(max_length=32)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["-seq"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject_kind", "subject_id"], name="governance_ledger_subject"),
            models.Index(fields=["type"], name="governance_ledger_type"),
            models.Index(fields=["at"], condition=models.Q(accepted=False), name="governance_ledger_refused"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"


class LedgerHead(models.Model):
    """One row: the last sequence number and hash; locked while an entry is appended."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(id=1), name="governance_ledgerhead_single"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.hash[:8]}"


class OutboxDelivery(Identified):
    """One event for one reactor: ids only, never a status. Sent again until the reactor says done."""

    event = models.CharField(max_length=60)
    reactor = models.CharField(max_length=120)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "next_at"], name="governance_outbox_due"),
            models.Index(fields=["subject_kind", "subject_id"], name="governance_outbox_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.reactor}"


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: object) -> NoticeQuerySet:
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(recipient_id=user.pk)  # type: ignore[attr-defined]

    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)


class Notice(Identified, SubjectFields):
    """A message to a person, stored as code + parameters and put into words when shown."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["recipient", "read_at"], name="governance_notice_unread"),
        ]

    def __str__(self) -> str:
        return self.code
