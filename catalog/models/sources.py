"""Where data comes from, and how it is collected."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.choices import SourceKind
from governance.models import Identified, local_name
from governance.permissions import is_active


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: object) -> SourceQuerySet:
        """Sources hold no data: everybody signed in may know where the company collects."""
        return self if is_active(user) else self.none()


class Source(Identified):
    """Origin of datasets: how it is collected, how often, and by whose right."""

    name = models.SlugField(_("name"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=200)
    title_zh = models.CharField(_("title (Chinese)"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=SourceKind, default=SourceKind.FILES)
    description = models.TextField(_("description"), blank=True)
    description_zh = models.TextField(_("description (Chinese)"), blank=True)
    schedule = models.CharField(
        _("collected"), max_length=120, blank=True, help_text=_("for example: daily at 02:00")
    )
    licence = models.CharField(_("licence or legal basis"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=SourceKind.values), name="catalog_source_kind_known"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("catalog:source", args=[self.uid])

    def __str__(self) -> str:
        return local_name(self.title, self.title_zh)
