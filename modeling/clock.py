"""Beat ticks and reactors of modeling: wake waiting runs, requeue lost ones, quarantine what lost its permit."""

from __future__ import annotations

from celery import shared_task

from governance import jobs, permits
from governance.choices import JobState, PermitStatus
from governance.models import Permit
from governance.outbox import reaction
from governance.services.people import service_account
from modeling import actions
from modeling.models import ModelVersion, RunInput, TrainingRun
from modeling.tasks import run_execute

BAD_ENDS = frozenset({PermitStatus.REVOKED, PermitStatus.VOID, PermitStatus.LAPSED})


@shared_task(name="modeling.clock.runs_tick", ignore_result=True)
def runs_tick() -> None:
    """Every 30 s: reap lost runs, send queued ones again, let waiting ones look again."""
    for uid in jobs.expired(TrainingRun):
        jobs.requeue(TrainingRun, uid)
    for uid in TrainingRun.objects.filter(state=JobState.QUEUED).values_list("uid", flat=True):
        run_execute.delay(uid)
    for run in TrainingRun.objects.filter(state=JobState.WAITING):
        actions.run_wake(actor=service_account("clock"), run=run)


@reaction("modeling.clock.on_permit_issued")
def on_permit_issued(subject_kind: str, subject_id: str) -> None:
    """A permit or validation changed: runs waiting on that version look again; promotions are carried out."""
    if subject_kind == "model_version":
        _promote(subject_id)
    waiting = TrainingRun.objects.filter(state=JobState.WAITING, inputs__version__uid=subject_id).distinct()
    for run in waiting:
        actions.run_wake(actor=service_account("clock"), run=run)


@reaction("modeling.clock.on_permit_ended")
def on_permit_ended(subject_kind: str, subject_id: str) -> None:
    """A permit was revoked, voided or ended: stop its runs, quarantine their models."""
    withdraw_permit(subject_id)


@shared_task(name="modeling.clock.permits_sweep", ignore_result=True)
def permits_sweep() -> None:
    """Find models and runs whose permit ended without a wake-up (lapse is nobody's event)."""
    used = RunInput.objects.exclude(permit_uid="").values_list("permit_uid", flat=True).distinct()
    for uid in used:
        withdraw_permit(uid)


def withdraw_permit(uid: str) -> None:
    """Carry out the end of a permit for everything that came of it; twice does no harm."""
    if permits.check(uid) not in BAD_ENDS:
        return
    clock = service_account("clock")
    for run in TrainingRun.objects.unfinished().filter(inputs__permit_uid=uid).distinct():
        actions.run_cancel(actor=clock, run=run)
    models = ModelVersion.objects.exclude(state="quarantined").filter(run__inputs__permit_uid=uid).distinct()
    for model in models:
        actions.model_quarantine(actor=clock, model=model, reason=f"permit_{permits.check(uid)}")


def _promote(uid: str) -> None:
    model = ModelVersion.objects.filter(uid=uid, state="registered").first()
    permit = Permit.objects.filter(subject_id=uid, action="promote").order_by("-id").first()
    if model is not None and permit is not None and permits.check(permit.uid) == PermitStatus.ACTIVE:
        actions.model_promote(actor=service_account("clock"), model=model)
