"""Around a case: questions and answers, the next meeting's agenda, reminders, break-glass."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from committee.models.bodies import Committee
from committee.models.cases import Case
from governance.models import Identified, SubjectFields


class Question(Identified):
    """A question about a case, part of its evidence; insert-only, sealed in the ledger."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="questions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("question"))
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:80]


class Answer(Identified):
    """An answer to a question; several may follow one another. Insert-only, sealed in the ledger."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(_("answer"))
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]

    def __str__(self) -> str:
        return self.text[:80]


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def visible_to(self, user: Any) -> AgendaItemQuerySet:
        return self if getattr(user, "is_authenticated", False) else self.none()

    def pending(self) -> AgendaItemQuerySet:
        return self.filter(dealt_at=None)


class AgendaItem(Identified, SubjectFields):
    """Something the committee must hear at its next meeting; code + parameters, put into words when shown."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="agenda")
    code = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    dealt_at = models.DateTimeField(null=True, blank=True)
    dealt_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(_("what was said"), blank=True)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["committee", "code", "subject_id"],
                condition=models.Q(dealt_at=None),
                name="committee_agendaitem_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Reminder(models.Model):
    """A reminder that was sent about a case, so that nobody is reminded twice of the same thing."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="reminders")
    code = models.CharField(max_length=120)
    day = models.DateField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["case", "code", "day"], name="committee_reminder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.code} {self.day}"


class GlassRequest(Identified):
    """The first of two persons asks to break the glass; the second confirms within the hour."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="glass_requests")
    first = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"))
    hours = models.PositiveSmallIntegerField(_("hours"))
    at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.case_id} {self.first}"
