"""Closed lists of words of the committee room, with the tone the console shows them in."""

from __future__ import annotations

from typing import Any

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
    """What a case may ask for; a permit carries the same word."""

    TRAIN = "train", _("Permit to train")
    ADOPT = "adopt", _("Adoption")
    PROMOTE = "promote", _("Promote a model")
    READ = "read", _("Access to data")
    EXPORT = "export", _("Export of data")
    WAIVE = "waive", _("Waiver of a rule")
    RECERTIFY = "recertify", _("Recertification")
    REVIEW = "review", _("Review of break-glass")


class Advice(models.TextChoices):
    """What the written rules suggest; beside the vote, never instead of it."""

    NONE = "none", _("No advice")
    APPROVE = "approve", _("Approve")
    CONDITIONS = "conditions", _("Approve with conditions")
    REJECT = "reject", _("Reject")


class LawKind(models.TextChoices):
    """Pieces of the committee's law."""

    CHARTER = "charter", _("Charter")
    POLICY = "policy", _("Policy")
    ACCESS_RULE = "access_rule", _("Access rule")
    SEAT = "seat", _("Seat")
    COMMITTEE = "committee_founding", _("Further committee")


class LawStatus(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("law", "Draft")
    PROPOSED = "proposed", pgettext_lazy("law", "Proposed")
    IN_FORCE = "in_force", _("In force")
    SUPERSEDED = "superseded", _("Superseded")
    DROPPED = "dropped", pgettext_lazy("law", "Dropped")


LAW_TONES = {"draft": "idle", "proposed": "info", "in_force": "ok", "superseded": "idle", "dropped": "idle"}

LAW_TRANSITIONS: dict[str, frozenset[str]] = {
    LawStatus.DRAFT: frozenset({LawStatus.PROPOSED, LawStatus.DROPPED}),
    LawStatus.PROPOSED: frozenset({LawStatus.IN_FORCE, LawStatus.DROPPED, LawStatus.DRAFT}),
    LawStatus.IN_FORCE: frozenset({LawStatus.SUPERSEDED}),
    LawStatus.SUPERSEDED: frozenset({LawStatus.IN_FORCE}),  # its successor was revoked
    LawStatus.DROPPED: frozenset(),
}

# Hints of an interest a person may have in a case, in the order they are said.
INTERESTS = {
    "owner": _("the owner of what is decided"),
    "steward": _("a steward of this dataset"),
    "custodian": _("a custodian of this dataset"),
    "consumer": _("a consumer of this dataset"),
    "author": _("an author of another version"),
    "earlier_run": _("somebody who trained on this dataset before"),
    "same_team": _("a member of the requesting team"),
    "same_department": _("in the same department as the requester"),
}

# What stands on the agenda, by code; a room's item is stored as code and parameters and worded when shown.
AGENDA_WORDS: dict[str, Any] = {
    "permit_revoked": _("The permit of case %(number)s was revoked by %(person)s: %(reason)s"),
    "case_deferred": _("Case %(number)s was deferred until %(until)s: %(reason)s"),
    "glass_broken": _(
        "%(first)s and %(second)s broke the glass in case %(number)s for %(hours)s hours: %(reason)s"
    ),
    "conflict_not_declared": _(
        "A standing conflict of %(person)s concerns case %(number)s, but could not be declared there"
        " (%(code)s)"
    ),
    "law_taken_back": _("%(kind)s %(name)s, version %(number)s, is taken back: its permit ended"),
    "law_not_told": _("Case %(number)s could not be told of changed law: its record cannot be read"),
    "place_vacant": _("The place %(place)s is vacant: who sat there before is not free to sit there again"),
    "escalation_unplaced": _("Case %(number)s goes to committee %(committee)s, which does not exist here"),
    "escalation_failed": _(
        "Case %(number)s goes to committee %(committee)s, but no case could be raised there: %(reason)s"
    ),
}

GLASS_ACTIONS = (CaseAction.TRAIN, CaseAction.READ, CaseAction.EXPORT, CaseAction.PROMOTE, CaseAction.WAIVE)
"""What may be opened in an emergency: uses of data and models, never a change of the law."""

FOLLOWABLE = (
    CaseOutcome.REJECTED,
    CaseOutcome.WITHDRAWN,
    CaseOutcome.EXPIRED,
    CaseOutcome.INQUORATE,
    CaseOutcome.SUPERSEDED,
)
"""Outcomes after which a next case about the same thing may be opened."""
