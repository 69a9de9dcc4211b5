"""Backbones and training plans: what is fine-tuned, and the frozen, hashed configuration of doing it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance.models import Identified
from modeling.choices import BackboneKind, BackboneState


class SignedInQuerySet(models.QuerySet[Any]):
    """Plans and backbones hold no data: everybody signed in may see them."""

    def visible_to(self, user: Any) -> SignedInQuerySet:
        return self if getattr(user, "is_authenticated", False) else self.none()


class Backbone(Identified):
    """A pretrained model and its licence. What its files hold is written by its check (`BackboneCheck`).

    `digest` is over the files a run reads; once a check has written it, it never changes. A check that finds
    other files refuses the backbone, and `reason` says why.
    """

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=BackboneKind)
    place = models.CharField(_("package, folder or hub id"), max_length=300)
    licence = models.CharField(_("licence (SPDX)"), max_length=60)
    languages = models.JSONField(default=list)
    architecture = models.CharField(max_length=60, blank=True)
    hidden_size = models.PositiveIntegerField(default=0)
    max_length = models.PositiveIntegerField(default=0)
    layers = models.PositiveIntegerField(default=0)
    inner_size = models.PositiveIntegerField(default=0)
    vocabulary = models.PositiveIntegerField(default=0)
    parameters = models.BigIntegerField(default=0)
    embedding = models.BigIntegerField(default=0, help_text="parameters of the word embedding")
    weight_bytes = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=BackboneState, default=BackboneState.UNCHECKED)
    reason = models.CharField(max_length=80, blank=True, help_text="stable code of why it was refused")
    reason_detail = models.JSONField(default=dict, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SignedInQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind__in=BackboneKind.values), name="modeling_backbone_kind_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=BackboneState.values), name="modeling_backbone_state_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=BackboneState.CHECKED) | ~models.Q(digest=""),
                name="modeling_backbone_checked_has_digest",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:backbone", args=[self.uid])


class TrainingPlan(Identified):
    """The frozen configuration: canonical JSON and its digest. Never edited; a change is another plan."""

    name = models.CharField(_("name"), max_length=120)
    task = models.CharField(_("task"), max_length=40)
    method = models.CharField(_("method"), max_length=40)
    purpose = models.CharField(_("purpose"), max_length=80)
    backbone = models.ForeignKey(Backbone, models.PROTECT, related_name="plans")
    document = models.TextField()
    digest = models.CharField(max_length=80)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SignedInQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("modeling:plan", args=[self.uid])
