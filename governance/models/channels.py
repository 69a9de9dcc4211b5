"""Ways to tell a person something outside the console, and what was sent by them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.choices import ChannelMode, SendState
from governance.models.base import Identified
from governance.models.ledger import Notice


class Channel(models.Model):
    """How one person wants to be told by one kind of channel; without a row the defaults hold."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="channels")
    kind = models.CharField(max_length=20)
    mode = models.CharField(_("mode"), max_length=10, choices=ChannelMode, default=ChannelMode.EACH)
    hour = models.PositiveSmallIntegerField(_("hour"), default=9, validators=[MaxValueValidator(23)])

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "kind"], name="governance_channel_one_of_a_kind"),
            models.CheckConstraint(
                condition=models.Q(mode__in=ChannelMode.values), name="governance_channel_mode_known"
            ),
            models.CheckConstraint(condition=models.Q(hour__lte=23), name="governance_channel_hour_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.kind} · {self.mode}"


class Delivery(Identified):
    """One message to one person by one channel, tried until it is sent. Notices are worded then."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="deliveries")
    kind = models.CharField(max_length=20)
    test = models.BooleanField(default=False, help_text="asked for by the person, to see that it arrives")
    state = models.CharField(max_length=10, choices=SendState, default=SendState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    notices = models.ManyToManyField(Notice, through="DeliveryNotice", related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "next_at"], name="governance_delivery_due"),
            models.Index(fields=["recipient", "kind", "created_at"], name="governance_delivery_last"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient}"


class DeliveryNotice(models.Model):
    """That a notice goes with a delivery: at most one delivery of each kind takes a notice along."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="items")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="carried")
    kind = models.CharField(max_length=20)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["notice", "kind"], name="governance_deliverynotice_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.notice_id}"
