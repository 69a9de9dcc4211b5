"""Deliveries: who is due to be told, claiming what is to be sent, and how an attempt ended.

The rows are the memory: a notice goes with one delivery of a kind, a delivery is claimed by compare-and-set,
and `sending` is written before the channel is asked. Where a process dies in between, the claim runs out and
the same letter, under the same name, is tried again. Nothing of it writes a ledger row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Min, OuterRef, QuerySet
from django.utils import timezone

from governance import ledger, registry
from governance.channels import CHANNELS
from governance.choices import UNSENT, ChannelMode, SendState, UserKind
from governance.models import Channel, Delivery, DeliveryNotice, Notice, User
from governance.subject_ref import SubjectRef

TOGETHER = dt.timedelta(minutes=10)
LOOK_BACK = dt.timedelta(days=30)
FIRST_RETRY = dt.timedelta(minutes=5)
LONGEST_RETRY = dt.timedelta(hours=6)
DOUBLINGS = 7


def deliveries_gather() -> int:
    """Write a delivery for everybody whose notices are due; return how many. Each in its own transaction."""
    return sum(delivery_write(user=user, kind=kind) is not None for kind in CHANNELS for user in _due(kind))


def _uncarried(kind: str) -> QuerySet[Notice]:
    """Unread notices that no delivery of this kind has taken along."""
    since = timezone.now() - LOOK_BACK
    carried = DeliveryNotice.objects.filter(notice=OuterRef("pk"), kind=kind)
    return Notice.objects.unread().filter(~Exists(carried), created_at__gte=since)


def _due(kind: str) -> list[User]:
    """Whom this channel has to tell something by now."""
    off = Channel.objects.filter(user=OuterRef("recipient"), kind=kind, mode=ChannelMode.OFF)
    rows = _uncarried(kind).filter(~Exists(off)).order_by().values("recipient")
    oldest: dict[int, dt.datetime] = dict(
        rows.annotate(first=Min("created_at")).values_list("recipient", "first")
    )
    people = User.objects.filter(pk__in=oldest, is_active=True, kind=UserKind.PERSON)
    set_by = {c.user_id: c for c in Channel.objects.filter(kind=kind, user__in=oldest)}
    return [
        user
        for user in people
        if CHANNELS[kind].address(user) and _is_due(set_by.get(user.pk), user, kind, oldest[user.pk])
    ]


def _is_due(channel: Channel | None, user: User, kind: str, first: dt.datetime) -> bool:
    mode = channel.mode if channel else ChannelMode.EACH
    if channel is not None and mode == ChannelMode.DAILY:
        return _daily_due(channel, user, kind)
    return mode == ChannelMode.EACH and first <= timezone.now() - TOGETHER


def _daily_due(channel: Channel, user: User, kind: str) -> bool:
    """From the person's hour on, on a working day, once."""
    now = timezone.localtime()
    if now.hour < channel.hour or not registry.is_working_day(user, now.date()):
        return False
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    sent = Delivery.objects.filter(recipient=user, kind=kind, test=False, created_at__gte=midnight)
    return not sent.exists()


def delivery_write(*, user: User, kind: str) -> Delivery | None:
    """One delivery with all notices not carried yet; None where there is none, or another was faster."""
    try:
        with transaction.atomic():
            notices = list(_uncarried(kind).filter(recipient=user))
            if not notices:
                return None
            delivery = _new(user, kind)
            rows = [DeliveryNotice(delivery=delivery, notice=notice, kind=kind) for notice in notices]
            DeliveryNotice.objects.bulk_create(rows)
    except IntegrityError:
        return None
    return delivery


def _new(user: User, kind: str, *, test: bool = False) -> Delivery:
    now = timezone.now()
    return Delivery.objects.create(recipient=user, kind=kind, test=test, next_at=now, created_at=now)


@transaction.atomic
def delivery_test(*, user: User, kind: str) -> Delivery:
    """A delivery without notices; one that still waits is not asked for twice."""
    waiting = Delivery.objects.filter(recipient=user, kind=kind, test=True)
    found = waiting.filter(state__in=UNSENT).first()
    return found or _new(user, kind, test=True)


def delivery_claim() -> Delivery | None:
    """The next delivery that is due, marked as being sent; its retry is set, should this process die."""
    now = timezone.now()
    due = Delivery.objects.filter(state__in=UNSENT, next_at__lte=now)
    for row in due.select_related("recipient").order_by("next_at", "id")[:20]:
        wait = min(FIRST_RETRY * 2 ** min(row.attempts, DOUBLINGS), LONGEST_RETRY)
        won = Delivery.objects.filter(pk=row.pk, attempts=row.attempts, state=row.state).update(
            state=SendState.SENDING, attempts=F("attempts") + 1, next_at=now + wait
        )
        if won:
            return row
    return None


def delivery_end(*, delivery: Delivery, state: str, error: str = "") -> None:
    """Write how an attempt ended: sent, dropped, or waiting for its next one."""
    ended = Delivery.objects.filter(pk=delivery.pk, state=SendState.SENDING, attempts=delivery.attempts + 1)
    sent_at = timezone.now() if state == SendState.SENT else None
    ended.update(state=state, sent_at=sent_at, error=error[:200])


@transaction.atomic
def channel_set(*, actor: User, kind: str, mode: str, hour: int, address: str | None) -> Channel:
    """Set when one's own channel tells, and for mails where to. The ledger keeps no address."""
    row, _created = Channel.objects.update_or_create(
        user=actor, kind=kind, defaults={"mode": mode, "hour": hour}
    )
    moved = kind == "email" and address is not None and address != actor.email
    if moved and address is not None:
        User.objects.filter(pk=actor.pk).update(email=address)
        actor.email = address
    data: Mapping[str, object] = {"kind": kind, "mode": mode, "hour": hour, "address_changed": int(moved)}
    ledger.append(type="channel.set", actor=actor, subject=SubjectRef("user", actor.uid), data=dict(data))
    return row
