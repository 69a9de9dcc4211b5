"""Leavers: their seats end when they leave, and a sweep finds those whose wake-up was lost."""

from __future__ import annotations

from celery import shared_task

from committee import actions
from governance.models import User
from governance.outbox import reaction
from governance.permissions import is_active


@reaction("committee.clock.on_user_deactivated")
def on_user_deactivated(subject_kind: str, subject_id: str) -> None:
    """Somebody was let go: read whether that still holds, then end their seats."""
    user = User.objects.filter(uid=subject_id).first()
    if user is not None and not is_active(user):
        actions.leavers_seats_end(user=user)


@shared_task(name="committee.clock.seats_tick", ignore_result=True)
def seats_tick() -> int:
    """End seats of leavers, and tell cases of ended seats they still count on. Returns how many changed."""
    return actions.leavers_seats_end() + actions.seat_endings_record()
