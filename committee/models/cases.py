"""Cases: one question each. CaseEvents are the only truth; state, outcome and tally are written with them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee.choices import (
    OUTCOME_TONES,
    STATE_ICONS,
    STATE_TONES,
    UNDECIDED,
    Advice,
    CaseAction,
    CaseOutcome,
    CaseState,
)
from committee.models.bodies import Committee
from governance.models import Identified, SubjectFields, local_name


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: Any) -> CaseQuerySet:
        """Everybody signed in sees cases, but drafts only who raised them; ballots are sealed elsewhere."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.exclude(models.Q(state=CaseState.DRAFT) & ~models.Q(requester_id=user.pk))

    def undecided(self) -> CaseQuerySet:
        return self.filter(state__in=UNDECIDED)

    def votable_by(self, user: Any) -> CaseQuerySet:
        """Open cases of committees in which the person holds a seat or is an alternate."""
        seats = models.Q(committee__seats__member_id=user.pk) | models.Q(
            committee__seats__alternate_id=user.pk
        )
        return self.filter(seats, state=CaseState.OPEN).distinct()


class Case(Identified, SubjectFields):
    """One question before a committee about one digest.

    `frame` is the engine's input but for `now` and `events`, frozen when the case was raised.
    """

    number = models.CharField(max_length=80, unique=True)
    committee = models.ForeignKey(Committee, models.PROTECT, related_name="cases")
    action = models.CharField(_("action"), max_length=40, choices=CaseAction)
    purpose = models.CharField(_("purpose"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    reason = models.TextField(_("why it is asked"), blank=True)
    level = models.PositiveSmallIntegerField()
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requesting_team = models.ForeignKey("governance.Team", models.PROTECT, related_name="+")
    holder = models.CharField(max_length=80)
    terms = models.JSONField(default=dict)
    frame = models.TextField()
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.DRAFT)
    outcome = models.CharField(max_length=30, choices=CaseOutcome, blank=True, default="")
    tally = models.JSONField(default=dict)
    resolution_number = models.PositiveIntegerField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    advice = models.CharField(max_length=12, choices=Advice, default=Advice.NONE)
    predecessor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="successors")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "closes_at"], name="committee_case_due"),
            models.Index(fields=["subject_kind", "subject_id"], name="committee_case_subject"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["subject_id", "action", "purpose", "holder"],
                condition=models.Q(state__in=UNDECIDED),
                name="committee_case_one_undecided",
            ),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=5), name="committee_case_level_range"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("committee:case", args=[self.uid])

    @property
    def local_title(self) -> str:
        return local_name(self.title, self.title_zh)

    @property
    def tone(self) -> str:
        """Tone of its badge: that of the outcome once closed, else of the state."""
        return OUTCOME_TONES.get(self.outcome) or STATE_TONES[self.state]

    @property
    def state_word(self) -> str:
        """What its badge says: the outcome once closed, else the state."""
        closed = self.state == CaseState.CLOSED
        return str(self.get_outcome_display() if closed else self.get_state_display())

    @property
    def state_icon(self) -> str:
        return STATE_ICONS.get(self.state, "")


class CaseEvent(models.Model):
    """What happened in a case. `data` is the engine's event as canonical JSON text; insert-only."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField()
    type = models.CharField(max_length=30)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    data = models.TextField()
    entry_hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "seq"], name="committee_caseevent_seq_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.type}"


class CaseAmendment(models.Model):
    """A dated fact that came up while the case ran (an absence, a delegation); added to the frame when the
    engine is asked. `data` is canonical JSON; insert-only, sealed in the ledger.

    kind `absence`: {seat, from, to}; `delegation`: one of the engine's delegations, where a later one of the
    same id replaces the earlier.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="amendments")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    data = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "seq"], name="committee_caseamendment_seq_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.seq} {self.kind}"


class Dossier(models.Model):
    """The evidence as frozen bytes, the same for every member, under one digest; insert-only."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="dossier")
    content = models.BinaryField()
    digest = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.digest
