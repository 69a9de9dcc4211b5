"""Puts decided law into force, and takes it back when its permit ends; wake-ups with a sweep behind them."""

from __future__ import annotations

import logging

from celery import shared_task

from committee import actions, selectors
from committee.choices import LawKind
from committee.models import Committee, LawText
from governance.exceptions import DomainError
from governance.models import Permit
from governance.outbox import reaction
from governance.services.people import service_account

log = logging.getLogger(__name__)


@reaction("committee.clock.on_law_permit_issued")
def on_law_permit_issued(subject_kind: str, subject_id: str) -> None:
    """A permit about a text of law was issued, or one of its conditions met: adopt it if it is active now."""
    if subject_kind == "permit":
        subject_id = Permit.objects.filter(uid=subject_id).values_list("subject_id", flat=True).first() or ""
    elif subject_kind not in LawKind.values:
        return
    for text in selectors.proposed_texts().filter(uid=subject_id):
        _adopt(text)


@reaction("committee.clock.on_law_permit_ended")
def on_law_permit_ended(subject_kind: str, subject_id: str) -> None:
    """A permit ended: what came into force by it is taken back, if the end was not just its last day."""
    for text in selectors.adopted_texts().filter(adopted_by=subject_id):
        _take_back(text)


@shared_task(name="committee.clock.law_sweep", ignore_result=True)
def law_sweep() -> int:
    """Find what a lost wake-up, a lapse or a case raised meanwhile left undone. Returns how many changed."""
    changed = sum(_adopt(text) for text in selectors.proposed_texts())
    changed += sum(_take_back(text) for text in selectors.adopted_texts())
    return changed + sum(actions.law_cases_tell(committee=body) for body in Committee.objects.order_by("pk"))


def _adopt(text: LawText) -> bool:
    try:
        return actions.law_adopt_due(actor=service_account("clock"), text=text)
    except DomainError as error:  # adopted or dropped meanwhile, or it cannot be now; the ledger says why
        log.warning("law %s %s: %s", text.kind, text.code, error.code)
        return False


def _take_back(text: LawText) -> bool:
    if not selectors.permit_ended(text):
        return False
    try:
        return actions.law_take_back(actor=service_account("clock"), text=text)
    except DomainError as error:
        log.error("law %s %s cannot be taken back: %s", text.kind, text.code, error.code)
        return False
