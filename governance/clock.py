"""Beat ticks and reactors of governance: as the service account `clock`, call actions like anyone else."""

from __future__ import annotations

from celery import shared_task

from governance import actions
from governance.exceptions import DomainError
from governance.models import StandardVersion
from governance.outbox import reaction
from governance.services.people import service_account
from governance.tasks import deliveries_send, outbox_send


@shared_task(name="governance.clock.outbox_tick", ignore_result=True)
def outbox_tick() -> int:
    """Find deliveries whose wake-up was lost."""
    return int(outbox_send())


@shared_task(name="governance.clock.deliveries_tick", ignore_result=True)
def deliveries_tick() -> int:
    """Gather what is due to be told, and send it."""
    actions.deliveries_gather()
    return int(deliveries_send())


@shared_task(name="governance.clock.ledger_checks_tick", ignore_result=True)
def ledger_checks_tick() -> int:
    """Find recomputations of the ledger whose worker died or whose wake-up was lost."""
    return actions.ledger_checks_wake()


@reaction("governance.clock.on_permit_issued")
def on_permit_issued(subject_kind: str, subject_id: str) -> None:
    """A permit about a standard version was issued: adopt it, if the permit is active now."""
    if subject_kind == "standard_version":
        _adopt(subject_id)


@shared_task(name="governance.clock.adoption_sweep", ignore_result=True)
def adoption_sweep() -> None:
    """Find proposed versions whose adoption permit became active without a wake-up."""
    for uid in StandardVersion.objects.filter(status="proposed").values_list("uid", flat=True):
        _adopt(uid)


def _adopt(uid: str) -> None:
    version = StandardVersion.objects.filter(uid=uid, status="proposed").select_related("standard").first()
    if version is None or actions.adoption_permit(version) is None:
        return
    try:
        actions.standard_adopt(actor=service_account("clock"), version=version)
    except DomainError:
        return  # somebody else adopted or retired it meanwhile; the refusal is in the ledger
