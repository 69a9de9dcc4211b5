"""Dated facts about members that hold beyond one case: absences, delegations, standing conflicts."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, TypeVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committee.models.bodies import Committee, Seat
from governance.models import Identified

_Row = TypeVar("_Row", bound="Standing")


def current(rows: models.QuerySet[_Row], on: dt.date | None = None) -> models.QuerySet[_Row]:
    """Those of the rows not yet over on a local date: holding then, or to begin later."""
    day = on or timezone.localdate()
    return rows.filter(models.Q(last=None) | models.Q(last__gte=day))


class Standing(Identified):
    """A dated fact: `first` to `last`, both included, in local dates of the committee; no `last`: no end.

    Ending one sets `last`; rows are never deleted.
    """

    first = models.DateField(_("from"))
    last = models.DateField(_("to"), null=True, blank=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-first", "-id"]

    @property
    def declared_on(self) -> dt.date:
        return timezone.localdate(self.declared_at)

    @property
    def cancelled(self) -> bool:
        """Ended before it began: its days then lie before the day it was declared."""
        return self.last is not None and self.last < self.declared_on

    @property
    def today(self) -> dt.date:
        return timezone.localdate()

    @property
    def over(self) -> bool:
        return self.last is not None and self.last < self.today


class Absence(Standing):
    """The holder of a seat is away: does not preside, and casts no proxy ballot (committee-rules §5)."""

    last = models.DateField(_("to"))
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="absences")
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(Standing.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="committee_absence_ordered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat} · {self.first} – {self.last or ''}"


class Delegation(Standing):
    """`principal` lets the holder of `delegate` cast its ballot, within a scope (committee-rules §5)."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="delegations")
    principal = models.ForeignKey(Seat, models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(Seat, models.PROTECT, related_name="delegations_held")
    actions = models.JSONField(default=list, help_text="empty: every action")
    kinds = models.JSONField(default=list, help_text="empty: every kind of subject")
    max_level = models.PositiveSmallIntegerField(_("up to level"), null=True, blank=True)

    class Meta(Standing.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(last=None) | models.Q(last__gte=models.F("first")),
                name="committee_delegation_ordered",
            ),
            models.CheckConstraint(
                condition=~models.Q(principal=models.F("delegate")), name="committee_delegation_not_to_self"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.principal.code} → {self.delegate.code}"

    @property
    def code(self) -> str:
        """Its id in the engine."""
        return f"delegation-{self.uid}"


class Conflict(Standing):
    """A standing declaration: the person has an interest in these subjects or parties (committee-rules §5).

    `subjects`: uids of datasets, standards, models …; `parties`: uids of people and teams.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    subjects = models.JSONField(default=list)
    parties = models.JSONField(default=list)
    reason = models.TextField(_("reason"))

    class Meta(Standing.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(last=None) | models.Q(last__gte=models.F("first")),
                name="committee_conflict_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} · {self.first}"

    @property
    def code(self) -> str:
        """Its id in the engine."""
        return f"conflict-{self.uid}"
