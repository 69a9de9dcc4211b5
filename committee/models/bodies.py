"""The body: committee, charter, policies, seats. Charter and policies are stored texts with a digest."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from committee.choices import LawStatus, SeatRole
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
    next_resolution = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return local_name(self.name, self.name_zh)


class Charter(Identified):
    """The committee's rules as data (committee-rules §3): canonical JSON text and its digest; insert-only."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="charters")
    version = models.CharField(_("version"), max_length=80)
    document = models.TextField()
    digest = models.CharField(max_length=80)
    adopted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-adopted_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["committee", "version"], name="committee_charter_version_unique"),
        ]

    def __str__(self) -> str:
        return self.version


class Policy(Identified):
    """What is added to the charter for certain cases (committee-rules §4); texts with a status."""

    code = models.CharField(_("code"), max_length=80)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    document = models.TextField()
    digest = models.CharField(max_length=80)
    status = models.CharField(max_length=12, choices=LawStatus, default=LawStatus.IN_FORCE)
    adopted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(status=LawStatus.IN_FORCE),
                name="committee_policy_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return local_name(self.title, self.title_zh)


class SeatQuerySet(models.QuerySet["Seat"]):
    def in_office(self) -> SeatQuerySet:
        today = timezone.localdate()
        return self.filter(term_from__lte=today).filter(models.Q(term_to=None) | models.Q(term_to__gte=today))


class Seat(Identified):
    """A place in the committee and who holds it, from when to when."""

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="seats")
    code = models.CharField(_("seat"), max_length=40)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=SeatRole, default=SeatRole.MEMBER)
    functions = models.JSONField(default=list)
    team = models.ForeignKey("governance.Team", models.PROTECT, null=True, blank=True, related_name="+")
    alternate = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    term_from = models.DateField()
    term_to = models.DateField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["committee", "code"], name="committee_seat_code_unique"),
            models.UniqueConstraint(
                fields=["committee", "member"],
                condition=models.Q(term_to=None),
                name="committee_seat_one_per_member",
            ),
            models.CheckConstraint(
                condition=models.Q(term_to=None) | models.Q(term_to__gte=models.F("term_from")),
                name="committee_seat_term_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.member}"
