"""How a person is told outside the console, with the defaults where they set nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance.channels import CHANNELS
from governance.choices import ChannelMode
from governance.models import Channel, Delivery, User


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel of one person; `last`: the newest delivery by it, None for none."""

    kind: str
    label: Any
    mode: str
    hour: int
    address: str
    last: Delivery | None

    @property
    def mode_word(self) -> str:
        return str(ChannelMode(self.mode).label)


def channels_of(user: User) -> list[ChannelRow]:
    stored = {channel.kind: channel for channel in Channel.objects.filter(user=user)}
    return [_row(user, kind, stored.get(kind) or Channel(user=user, kind=kind)) for kind in CHANNELS]


def _row(user: User, kind: str, channel: Channel) -> ChannelRow:
    last = Delivery.objects.filter(recipient=user, kind=kind).order_by("-created_at", "-id").first()
    way = CHANNELS[kind]
    return ChannelRow(kind, way.label, channel.mode, channel.hour, way.address(user), last)
