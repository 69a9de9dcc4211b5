"""People: users and service accounts, departments (the organisation tree), cross-department teams."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from governance.choices import TeamFunction, UserKind
from governance.models.base import Identified


def local_name(en: str, zh: str) -> str:
    """Return the name in the reader's language, the other one where it is missing."""
    if (get_language() or "en").startswith("zh"):
        return zh or en
    return en or zh


class Department(Identified):
    """A node of the organisation tree."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    head = models.ForeignKey("User", models.PROTECT, null=True, blank=True, related_name="heads")

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return local_name(self.name, self.name_zh)

    def get_absolute_url(self) -> str:
        return reverse("governance:department", args=[self.uid])


class User(AbstractUser, Identified):
    """A person or a service account. `is_superuser` opens the admin pages and nothing governed."""

    kind = models.CharField(_("kind"), max_length=10, choices=UserKind, default=UserKind.PERSON)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="people")

    objects: ClassVar[UserManager[User]] = UserManager()  # type: ignore[assignment]

    class Meta(AbstractUser.Meta):
        ordering: ClassVar[list[str]] = ["username"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=UserKind.values), name="governance_user_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return local_name(self.name, self.name_zh) or self.username

    def get_absolute_url(self) -> str:
        return reverse("governance:person", args=[self.uid])


class Team(Identified):
    """A cross-department group with one function; permits may name it as their holder."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120, blank=True)
    function = models.CharField(_("function"), max_length=20, choices=TeamFunction)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(function__in=TeamFunction.values), name="governance_team_function_known"
            ),
        ]

    def __str__(self) -> str:
        return local_name(self.name, self.name_zh)

    def get_absolute_url(self) -> str:
        return reverse("governance:team", args=[self.uid])


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, on: dt.date | None = None) -> MembershipQuerySet:
        """Memberships in force on a local date (inclusive ends)."""
        day = on or timezone.localdate()
        return self.filter(since__lte=day).filter(models.Q(until=None) | models.Q(until__gte=day))


class Membership(models.Model):
    """Who belongs to a team, from when to when."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["team", "user"], condition=models.Q(until=None), name="governance_membership_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="governance_membership_period_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"

    @property
    def over(self) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and self.until < timezone.localdate()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> ApiTokenQuerySet:
        now = timezone.now()
        return self.filter(revoked_at=None, user__is_active=True).filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=now)
        )


class ApiToken(Identified):
    """A bearer token of a user; only its SHA-256 is stored, the text is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    label = models.CharField(_("label"), max_length=80)
    prefix = models.CharField(max_length=12)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(pgettext_lazy("token", "expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.label})"


def functions_of(user: Any) -> frozenset[str]:
    """The functions of the teams a signed-in user belongs to today (cached on the instance per request)."""
    if not getattr(user, "is_authenticated", False):
        return frozenset()
    cached: frozenset[str] | None = getattr(user, "_gavel_functions", None)
    if cached is None:
        cached = frozenset(
            Membership.objects.filter(user=user).current().values_list("team__function", flat=True)
        )
        user._gavel_functions = cached
    return cached
