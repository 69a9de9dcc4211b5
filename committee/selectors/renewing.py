"""Permits that end soon and may be renewed, and purposes that were asked for before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.utils import timezone

from committee.choices import CaseAction
from committee.kinds.registry import KINDS
from committee.models import Case
from governance import permits
from governance.choices import PermitKind, PermitStatus
from governance.models import Permit, User
from governance.permissions import is_active

SOON = dt.timedelta(days=30)
LIVE = frozenset({PermitStatus.ACTIVE, PermitStatus.SUSPENDED})
MOST_PURPOSES = 50


def renewal_offered(user: User, permit: Permit) -> bool:
    """Whether a permit by decision ends within 30 days and is held by the reader or their team.

    `permit` comes with its events.
    """
    ends_soon = timezone.now() < permit.valid_until <= timezone.now() + SOON
    known = (permit.subject_kind, CaseAction.RECERTIFY) in KINDS
    if not (ends_soon and known and permit.kind == PermitKind.DECISION and is_active(user)):
        return False
    return permits.status_of(permit) in LIVE and permit.holder in permits.holders_of(user)


def purposes_used() -> Iterable[str]:
    """Purposes of cases so far, the most recent first, each once."""
    found = Case.objects.order_by("-pk").values_list("purpose", flat=True)[: MOST_PURPOSES * 10]
    return list(dict.fromkeys(found))[:MOST_PURPOSES]
