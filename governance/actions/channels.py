"""How a person is told outside the console: their own channels only."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from governance import exceptions as errors
from governance import permissions
from governance.channels import CHANNELS
from governance.choices import ChannelMode, UserKind
from governance.models import Channel, Delivery, User
from governance.outbox import wake_on_commit
from governance.refusals import governed
from governance.services import deliveries
from governance.tasks import deliveries_send

LAST_HOUR = 23


@governed("channel.set")
def channel_set(*, actor: User, kind: str, mode: str, hour: int = 9, address: str | None = None) -> Channel:
    """Set one's own channel; `address` None keeps the mail address on file. Raises InvalidInput."""
    _check(actor, kind)
    if mode not in ChannelMode.values:
        raise errors.InvalidInput(field="mode", reason=", ".join(ChannelMode.values))
    if not 0 <= hour <= LAST_HOUR:
        raise errors.InvalidInput(field="hour", reason=_("from 0 to 23"))
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise errors.InvalidInput(field="address", reason=" ".join(error.messages)) from error
    return deliveries.channel_set(actor=actor, kind=kind, mode=mode, hour=hour, address=address)


@governed("channel.test")
def channel_test(*, actor: User, kind: str) -> Delivery:
    """Send oneself a test. Raises InvalidInput where there is no address."""
    _check(actor, kind)
    if not CHANNELS[kind].address(actor):
        raise errors.InvalidInput(field="address", reason=_("none is on file"))
    delivery = deliveries.delivery_test(user=actor, kind=kind)
    wake_on_commit(deliveries_send.delay)
    return delivery


def deliveries_gather() -> int:
    """Write the deliveries that are due; called by the clock."""
    return deliveries.deliveries_gather()


def _check(actor: User, kind: str) -> None:
    permissions.allow(permissions.is_active(actor) and actor.kind == UserKind.PERSON)
    if kind not in CHANNELS:
        raise errors.InvalidInput(field="kind", reason=_("unknown"))
