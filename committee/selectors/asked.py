"""What a case asks for, in the words its page needs: the holder by name, the last day, the renewed permit."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from committee.choices import CaseAction
from committee.models import Case
from governance.models import Permit
from governance.selectors import holder_name


@dataclass(frozen=True, slots=True)
class AskedTerms:
    """`until` of a waiver; `renewed`: page of the permit a recertification renews."""

    holder: str
    until: dt.date | None
    renewed: str


def asked_terms(case: Case) -> AskedTerms:
    until = case.terms.get("until") if case.action == CaseAction.WAIVE else None
    old = Permit.objects.filter(uid=case.terms["of"]).first() if "of" in case.terms else None
    return AskedTerms(
        holder=holder_name(case.holder),
        until=dt.date.fromisoformat(until) if until else None,
        renewed=old.get_absolute_url() if old else "",
    )
