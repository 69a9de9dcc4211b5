"""Founding: the one act that sets the first law."""

from __future__ import annotations

from committee import permissions
from committee.models import Committee
from committee.services import founding
from governance.models import User
from governance.permissions import allow
from governance.refusals import governed

Founding = founding.Founding
SeatSpec = founding.SeatSpec
PolicySpec = founding.PolicySpec


@governed("committee.found")
def committee_found(*, actor: User, plan: founding.Founding) -> Committee:
    """Possible once, by the governance team. Raises NotPermitted, CommitteeExists, CharterInvalid."""
    allow(permissions.may_found(actor))
    return founding.committee_found(actor=actor, founding=plan)
