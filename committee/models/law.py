"""The committee's law as texts: charter, policies, access rules, seats, further committees.

Every version is a row: a draft, proposed to a case, in force once its permit is live, then superseded. The
document is canonical JSON and its digest is what a case decides about.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from committee.choices import LAW_TONES, LawKind, LawStatus
from committee.models.bodies import Committee
from governance.models import Identified, local_name


class LawTextQuerySet(models.QuerySet["LawText"]):
    def visible_to(self, user: object) -> LawTextQuerySet:
        """Law, drafts of it too, is read by everybody signed in."""
        return self if getattr(user, "is_authenticated", False) else self.none()

    def in_force(self) -> LawTextQuerySet:
        return self.filter(status=LawStatus.IN_FORCE)

    def of_kind(self, *kinds: str) -> LawTextQuerySet:
        return self.filter(kind__in=kinds)


class LawText(Identified):
    """One version of one piece of law. `code` names the piece, `number` counts its versions from 1.

    code: "charter", a policy's id, an access rule's action, a seat's place, a new committee's code.
    `repeals`: adopting it ends the piece (a policy without successor, a place that stays empty).
    """

    committee = models.ForeignKey(Committee, models.PROTECT, related_name="law")
    kind = models.CharField(_("kind"), max_length=20, choices=LawKind)
    code = models.CharField(_("code"), max_length=80)
    number = models.PositiveIntegerField(_("version"), default=1)
    title = models.CharField(_("title"), max_length=200, blank=True)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    document = models.TextField()
    digest = models.CharField(max_length=80)
    repeals = models.BooleanField(default=False)
    status = models.CharField(max_length=12, choices=LawStatus, default=LawStatus.DRAFT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    contributors = models.JSONField(default=list, help_text="uids of everybody who wrote in it")
    created_at = models.DateTimeField(auto_now_add=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    adopted_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.CharField(max_length=64, blank=True, help_text="uid of the permit that adopted it")

    objects = LawTextQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "code", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["committee", "kind", "code", "number"], name="committee_lawtext_number_unique"
            ),
            models.UniqueConstraint(
                fields=["committee", "kind", "code"],
                condition=models.Q(status=LawStatus.IN_FORCE),
                name="committee_lawtext_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["committee", "kind", "code"],
                condition=models.Q(status__in=(LawStatus.DRAFT, LawStatus.PROPOSED)),
                name="committee_lawtext_one_in_work",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=LawKind.values), name="committee_lawtext_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=LawStatus.values), name="committee_lawtext_status_known"
            ),
        ]

    def __str__(self) -> str:
        name = local_name(self.title, self.title_zh) or self.code
        return f"{name} · {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("committee:law_text", args=[self.uid])

    @property
    def data(self) -> dict[str, Any]:
        """The document as data."""
        found: dict[str, Any] = json.loads(self.document)
        return found

    @property
    def tone(self) -> str:
        return LAW_TONES[self.status]


class CharterManager(models.Manager["Charter"]):
    def get_queryset(self) -> models.QuerySet[Charter]:
        return super().get_queryset().filter(kind=LawKind.CHARTER)


class Charter(LawText):
    """The committee's rules as data (committee-rules §3)."""

    objects: ClassVar[CharterManager] = CharterManager()  # type: ignore[assignment]

    class Meta:
        proxy = True
        ordering: ClassVar[list[str]] = ["-number"]

    @property
    def version(self) -> str:
        """The charter's own name of its version, as events and cases give it."""
        return str(self.data["version"])


class PolicyManager(models.Manager["Policy"]):
    def get_queryset(self) -> models.QuerySet[Policy]:
        return super().get_queryset().filter(kind=LawKind.POLICY)


class Policy(LawText):
    """What is added to the charter for certain cases (committee-rules §4)."""

    objects: ClassVar[PolicyManager] = PolicyManager()  # type: ignore[assignment]

    class Meta:
        proxy = True
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return local_name(self.title, self.title_zh) or self.code
