"""Closed lists of words of the committee room, with the tone the console shows them in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CaseState(models.TextChoices):
    """committee-rules §8."""

    DRAFT = "draft", pgettext_lazy("case", "Draft")
    OPEN = "open", pgettext_lazy("case", "Voting open")
    RETURNED = "returned", pgettext_lazy("case", "Returned for information")
    DEFERRED = "deferred", pgettext_lazy("case", "Deferred")
    CLOSED = "closed", pgettext_lazy("case", "Closed")


UNDECIDED = (CaseState.DRAFT, CaseState.OPEN, CaseState.RETURNED, CaseState.DEFERRED)


class CaseOutcome(models.TextChoices):
    """Final outcomes of a closed case; repeats the state in returned and deferred."""

    NONE = "", _("None yet")
    RETURNED = "returned", _("Returned")
    DEFERRED = "deferred", _("Deferred")
    APPROVED = "approved", _("Approved")
    APPROVED_WITH_CONDITIONS = "approved_with_conditions", _("Approved with conditions")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    INQUORATE = "inquorate", _("Without quorum")
    SUPERSEDED = "superseded", _("Superseded")


APPROVALS = (CaseOutcome.APPROVED, CaseOutcome.APPROVED_WITH_CONDITIONS)
DECISIONS = (*APPROVALS, CaseOutcome.REJECTED)

OUTCOME_TONES = {
    "approved": "ok",
    "approved_with_conditions": "ok",
    "rejected": "bad",
    "withdrawn": "idle",
    "expired": "warn",
    "inquorate": "warn",
    "superseded": "warn",
    "returned": "warn",
    "deferred": "idle",
}


class SeatRole(models.TextChoices):
    CHAIR = "chair", _("Chair")
    DEPUTY = "deputy", _("Deputy")
    MEMBER = "member", _("Member")


class BallotChoice(models.TextChoices):
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    ABSTAIN = "abstain", _("Abstain")
    RECUSE = "recuse", _("Recuse myself")


# Functions a seat may serve; a charter may name others, shown as they are written there.
FUNCTION_WORDS = {
    "security": _("security"),
    "legal": _("legal"),
    "privacy": _("privacy"),
    "data-owner": _("data owner"),
}

STATE_TONES = {"draft": "idle", "open": "info", "returned": "warn", "deferred": "idle", "closed": "idle"}
STATE_ICONS = {"open": "gavel", "returned": "undo-2", "deferred": "calendar-clock"}


class CaseAction(models.TextChoices):
    """What a case may ask for, and of which kind of subject."""

    TRAIN = "train", _("Permit to train")
    ADOPT = "adopt", _("Adopt a standard")
    PROMOTE = "promote", _("Promote a model")


class LawStatus(models.TextChoices):
    IN_FORCE = "in_force", _("In force")
    SUPERSEDED = "superseded", _("Superseded")
