"""Fills the calendars of the committees into the years ahead."""

from __future__ import annotations

import logging

from celery import shared_task

from committee import actions
from committee.models import Committee
from governance.exceptions import DomainError

log = logging.getLogger(__name__)


@shared_task(name="committee.clock.calendars_tick", ignore_result=True)
def calendars_tick() -> int:
    """Let each calendar reach at least 18 months ahead; returns how many changed."""
    changed = 0
    for committee in Committee.objects.order_by("pk"):
        try:
            changed += actions.calendar_refresh(committee=committee)
        except DomainError as error:  # one calendar that cannot be read keeps no other from being filled
            log.error("calendar of %s: %s", committee.code, error.code)
    return changed
