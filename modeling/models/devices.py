"""The devices runs are trained on: what every machine with a worker says it has."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from modeling.choices import DeviceKind


class Device(models.Model):
    """One processor a run gets for itself: a GPU, or the cores of a machine. `name` is what a trainer calls
    it (cpu:0, cuda:1); `seen_at` is by the database's clock.
    """

    host = models.CharField(max_length=120)
    name = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=DeviceKind)
    label = models.CharField(max_length=120, blank=True)
    memory_bytes = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["host", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["host", "name"], name="modeling_device_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=DeviceKind.values), name="modeling_device_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host} {self.name}"
