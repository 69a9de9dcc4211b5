"""Writing devices: what a machine with a worker says it has, and when it last said so."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Now

from modeling.models import Device
from modeling.supervision.machine import Found


def devices_report(*, host: str, found: Sequence[Found]) -> None:
    """Upsert the devices of a host, seen now. No governance event: no ledger row."""
    Device.objects.bulk_create(
        [
            Device(
                host=host,
                name=one.name,
                kind=one.kind,
                label=one.label,
                memory_bytes=one.memory_bytes,
                seen_at=Now(),
            )
            for one in found
        ],
        update_conflicts=True,
        unique_fields=["host", "name"],
        update_fields=["kind", "label", "memory_bytes", "seen_at"],
    )
