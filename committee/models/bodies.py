"""The body: committees and their seats."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committee.choices import SeatRole
from governance.models import Identified, local_name


class Committee(Identified):
    """A standing body. `code` is its id in the engine and in resolution numbers."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    secretary = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    calendar = models.JSONField(default=dict)
    calendar_source = models.JSONField(
        default=dict, help_text="which country's days the calendar holds, and which own ones"
    )
    next_resolution = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return local_name(self.name, self.name_zh)


class SeatQuerySet(models.QuerySet["Seat"]):
    def in_office(self) -> SeatQuerySet:
        today = timezone.localdate()
        running = self.filter(ended_at=None, term_from__lte=today)
        return running.filter(models.Q(term_to=None) | models.Q(term_to__gte=today))

    def standing(self) -> SeatQuerySet:
        """In office, or to begin later: what a case raised now has to know."""
        rows = self.filter(ended_at=None)
        return rows.filter(models.Q(term_to=None) | models.Q(term_to__gte=timezone.localdate()))


class Seat(Identified):
    """Who holds a place in the committee, from when to when. `code` is its id in the engine, used once;
    `place` is the chair at the table, which holders follow one another in."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="seats")
    code = models.CharField(_("seat"), max_length=40)
    place = models.CharField(_("place"), max_length=40, default="")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=SeatRole, default=SeatRole.MEMBER)
    functions = models.JSONField(default=list)
    team = models.ForeignKey("governance.Team", models.PROTECT, null=True, blank=True, related_name="+")
    alternate = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    term_from = models.DateField()
    term_to = models.DateField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=40, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["committee", "code"], name="committee_seat_code_unique"),
            models.UniqueConstraint(
                fields=["committee", "member"],
                condition=models.Q(ended_at=None),
                name="committee_seat_one_per_member",
            ),
            models.CheckConstraint(
                condition=models.Q(term_to=None) | models.Q(term_to__gte=models.F("term_from")),
                name="committee_seat_term_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.member}"
