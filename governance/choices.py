"""Every closed list of words governance stores, with the tone the console shows it in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class UserKind(models.TextChoices):
    PERSON = "person", _("Person")
    SERVICE = "service", _("Service account")


class TeamFunction(models.TextChoices):
    GOVERNANCE = "governance", _("Governance")
    ENGINEERING = "engineering", _("Engineering")
    PRODUCT = "product", _("Product")
    OPERATIONS = "operations", _("Operations")


class StandardStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PROPOSED = "proposed", _("Proposed")
    IN_FORCE = "in_force", _("In force")
    SUPERSEDED = "superseded", _("Superseded")
    RETIRED = "retired", _("Retired")


STANDARD_TRANSITIONS: dict[str, frozenset[str]] = {
    StandardStatus.DRAFT: frozenset({StandardStatus.PROPOSED, StandardStatus.RETIRED}),
    StandardStatus.PROPOSED: frozenset(
        {StandardStatus.IN_FORCE, StandardStatus.DRAFT, StandardStatus.RETIRED}
    ),
    StandardStatus.IN_FORCE: frozenset({StandardStatus.SUPERSEDED, StandardStatus.RETIRED}),
    StandardStatus.SUPERSEDED: frozenset(),
    StandardStatus.RETIRED: frozenset(),
}

STANDARD_TONES = {
    "draft": "idle",
    "proposed": "info",
    "in_force": "ok",
    "superseded": "idle",
    "retired": "idle",
}


class Severity(models.TextChoices):
    """How grave a failing rule is (standard-rules §2.2), the gravest first."""

    BLOCKER = "blocker", _("Blocker")
    MAJOR = "major", _("Major")
    MINOR = "minor", _("Minor")
    INFO = "info", _("Info")


SEVERITY_ICONS = {"blocker": "lock", "major": "triangle-alert", "minor": "circle-alert", "info": "info"}


class Dimension(models.TextChoices):
    """ODCS dimensions (standard-rules §6.3)."""

    COMPLETENESS = "completeness", _("Completeness")
    ACCURACY = "accuracy", _("Accuracy")
    CONSISTENCY = "consistency", _("Consistency")
    TIMELINESS = "timeliness", _("Timeliness")
    UNIQUENESS = "uniqueness", _("Uniqueness")
    CONFORMITY = "conformity", _("Conformity")
    COVERAGE = "coverage", _("Coverage")


DIMENSION_ICONS = {
    "completeness": "square-check",
    "accuracy": "crosshair",
    "consistency": "equal",
    "timeliness": "hourglass",
    "uniqueness": "fingerprint-pattern",
    "conformity": "list-checks",
    "coverage": "chart-column",
}


class DecisionOutcome(models.TextChoices):
    APPROVED = "approved", _("Approved")
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", _("Approved with conditions")
    REJECTED = "rejected", _("Rejected")


class PermitKind(models.TextChoices):
    DECISION = "decision", _("By decision")
    BREAK_GLASS = "break_glass", _("Break-glass")


class PermitStatus(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("permit", "Active")
    SUSPENDED = "suspended", pgettext_lazy("permit", "Suspended")
    LAPSED = "lapsed", pgettext_lazy("permit", "Lapsed")
    EXPIRED = "expired", pgettext_lazy("permit", "Expired")
    REVOKED = "revoked", pgettext_lazy("permit", "Revoked")
    VOID = "void", pgettext_lazy("permit", "Void")
    ENDED = "ended", pgettext_lazy("permit", "Ended")


PERMIT_TONES = {
    "active": "ok",
    "suspended": "warn",
    "lapsed": "bad",
    "expired": "idle",
    "revoked": "bad",
    "void": "bad",
    "ended": "idle",
}


class PermitEventKind(models.TextChoices):
    CONDITION_MET = "condition_met", _("Condition met")
    REVOKED = "revoked", _("Revoked")
    VOID = "void", _("Void: the subject changed")
    ENDED = "ended", _("Ended with its case")


class PermitUseKind(models.TextChoices):
    RESERVED = "reserved", _("Reserved")
    SETTLED = "settled", _("Settled")
    REFUSED = "refused", _("Refused")


class JobState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("job", "Waiting")
    QUEUED = "queued", pgettext_lazy("job", "Queued")
    RUNNING = "running", pgettext_lazy("job", "Running")
    SUCCEEDED = "succeeded", pgettext_lazy("job", "Succeeded")
    FAILED = "failed", pgettext_lazy("job", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("job", "Cancelled")


JOB_TONES = {
    "waiting": "idle",
    "queued": "info",
    "running": "info",
    "succeeded": "ok",
    "failed": "bad",
    "cancelled": "idle",
}

JOB_TRANSITIONS: dict[str, frozenset[str]] = {
    JobState.WAITING: frozenset({JobState.QUEUED, JobState.CANCELLED, JobState.FAILED}),
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.WAITING, JobState.CANCELLED, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.QUEUED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class Level(models.IntegerChoices):
    """Classification levels (design README: settled words)."""

    PUBLIC = 1, _("Public")
    INTERNAL = 2, _("Internal")
    SENSITIVE = 3, _("Sensitive")
    RESTRICTED = 4, _("Restricted")
    CORE = 5, _("Core")


class AccessAction(models.TextChoices):
    READ = "read", _("Read cells")
    EXPORT = "export", _("Export rows")
    TRAIN = "train", _("Train a model")


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Pending")
    SENT = "sent", _("Sent")
    DONE = "done", _("Done")


UNDELIVERED = (DeliveryState.PENDING, DeliveryState.SENT)
"""Asked for by name, never as "not done": only so the index of what is due serves the question."""


class ChannelMode(models.TextChoices):
    """When a channel tells a person: soon and together, once a working day, or never."""

    EACH = "each", _("Within ten minutes, together")
    DAILY = "daily", _("Once every working day")
    OFF = "off", pgettext_lazy("channel", "Off")


class SendState(models.TextChoices):
    """`sending` is written before a channel is asked to send, `sent` after it said that it did."""

    WAITING = "waiting", pgettext_lazy("delivery", "Waiting")
    SENDING = "sending", pgettext_lazy("delivery", "Being sent")
    SENT = "sent", pgettext_lazy("delivery", "Sent")
    DROPPED = "dropped", pgettext_lazy("delivery", "Nothing left to send")


UNSENT = (SendState.WAITING, SendState.SENDING)
