"""Law: standards, their versions and rules, and from which level on which action needs a permit."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.choices import AccessAction, Level, StandardStatus
from governance.models.base import Identified
from governance.models.people import local_name


class StandardQuerySet(models.QuerySet["Standard"]):
    def visible_to(self, user: object) -> StandardQuerySet:
        """Standards are law: every signed-in person may read them."""
        return self if getattr(user, "is_authenticated", False) else self.none()


class Standard(Identified):
    """The set S_D that clean data must belong to (house: method). Its text lives in its versions."""

    name = models.SlugField(_("name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="standards_owned")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StandardQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return local_name(self.title, self.title_zh)

    def get_absolute_url(self) -> str:
        return reverse("governance:standard", args=[self.uid])


class StandardVersionQuerySet(models.QuerySet["StandardVersion"]):
    def visible_to(self, user: object) -> StandardVersionQuerySet:
        return self if getattr(user, "is_authenticated", False) else self.none()

    def in_force(self) -> StandardVersionQuerySet:
        return self.filter(status=StandardStatus.IN_FORCE)


class StandardVersion(Identified):
    """One text of a standard: the ODCS bytes and their digest. A draft may be edited, each text before is
    kept; from proposing on it is only succeeded."""

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=40)
    status = models.CharField(
        _("status"), max_length=12, choices=StandardStatus, default=StandardStatus.DRAFT
    )
    document = models.BinaryField(editable=False)
    digest = models.CharField(max_length=80)
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    base = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    compiled = models.JSONField(
        default=dict, help_text="digest of the compiled forms, columns, kept entries and warnings of the text"
    )
    in_force_at = models.DateTimeField(null=True, blank=True)
    adopted_by = models.CharField(max_length=64, blank=True, help_text="uid of the permit that adopted it")

    objects = StandardVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["standard", "version"], name="governance_standardversion_unique"),
            models.UniqueConstraint(
                fields=["standard"],
                condition=models.Q(status=StandardStatus.IN_FORCE),
                name="governance_standardversion_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=StandardStatus.values),
                name="governance_standardversion_status_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.standard.name} {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("governance:standard_version", args=[self.uid])


class DraftEdit(models.Model):
    """One edit of a draft: the text it replaced, byte for byte, and what was done. Insert-only."""

    version = models.ForeignKey(StandardVersion, models.PROTECT, related_name="edits")
    digest = models.CharField(max_length=80, help_text="of the text before")
    document = models.BinaryField(editable=False, help_text="the text before")
    digest_after = models.CharField(max_length=80)
    changes = models.JSONField(default=list, help_text="[do, object, rule or column] of each change")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    def __str__(self) -> str:
        return f"{self.version} · {self.at:%Y-%m-%d %H:%M}"


class Rule(models.Model):
    """One compiled rule of a standard version, stored for lists and search; the document stays the truth."""

    version = models.ForeignKey(StandardVersion, models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField()
    object_name = models.CharField(max_length=120)
    rule_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    columns = models.JSONField(default=list)
    severity = models.CharField(max_length=10)
    dimension = models.CharField(max_length=20)
    sentence = models.TextField()
    sentence_zh = models.TextField(blank=True)
    form = models.TextField(blank=True, help_text="what it compiles to, in the words of Pandera")
    place = models.CharField(max_length=300, blank=True, help_text="JSON pointer of where it is written")
    removable = models.BooleanField(default=False)
    entry = models.JSONField(default=dict, help_text="its quality entry as a form shows it, if it has one")

    class Meta:
        ordering: ClassVar[list[str]] = ["object_name", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["version", "object_name", "rule_id"], name="governance_rule_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.rule_id

    @property
    def words(self) -> str:
        return local_name(self.sentence, self.sentence_zh)


class AccessRule(Identified):
    """From which classification level on an action needs a permit. Training always needs one (promise 1)."""

    action = models.CharField(_("action"), max_length=20, choices=AccessAction, unique=True)
    min_level = models.PositiveSmallIntegerField(_("from level"), choices=Level)
    adopted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["action"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(min_level__gte=1, min_level__lte=5),
                name="governance_accessrule_level_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} ≥ {self.min_level}"
