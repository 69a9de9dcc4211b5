"""Beat ticks and reactors of modeling: wake waiting runs, requeue lost ones, quarantine what lost its
permit.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial

from celery import shared_task
from django.db.models import Exists, OuterRef
from django.utils import timezone

from governance import jobs, permits
from governance.choices import JobState, PermitStatus
from governance.exceptions import DomainError
from governance.models import Permit
from governance.outbox import reaction, wake_on_commit
from governance.services.people import service_account
from modeling import actions, outside, sweeps, watching
from modeling.choices import ModelState, SweepState
from modeling.models import BackboneCheck, BackboneGuide, ModelVersion, RunInput, Sweep, TrainingRun
from modeling.selectors import BAD_ENDS
from modeling.tasks import backbone_check, guide_measure, run_execute

log = logging.getLogger(__name__)

WAKE_SECONDS = 30
CHUNK = 500


@shared_task(name="modeling.clock.runs_tick", ignore_result=True)
def runs_tick() -> None:
    """Every 30 s: reap lost runs, send queued ones again, let waiting ones look again."""
    clock = service_account("clock")
    stuck = TrainingRun.objects.filter(state=JobState.QUEUED, cancel_requested_at__isnull=False)
    for run in [*TrainingRun.objects.filter(uid__in=jobs.expired(TrainingRun)), *stuck]:
        actions.run_reap(actor=clock, run=run)
    for uid in TrainingRun.objects.filter(state=JobState.QUEUED).values_list("uid", flat=True):
        # A message nobody took until the next tick is dropped: a busy queue does not fill with wake-ups.
        wake_on_commit(partial(run_execute.apply_async, (uid,), expires=WAKE_SECONDS))
    _wake(TrainingRun.objects.filter(state=JobState.WAITING))
    _sweep(TrainingRun.objects.filter(state=JobState.RUNNING, external=True))
    _advance(Sweep.objects.filter(state=SweepState.RUNNING))
    watching.runs_watch(actor=clock)


def _sweep(running: Iterable[TrainingRun]) -> None:
    """Runs outside have no worker here that asks for their permits."""
    for run in running:
        outside.run_sweep(actor=service_account("clock"), run=run)


@shared_task(name="modeling.clock.backbones_tick", ignore_result=True)
def backbones_tick() -> None:
    """Every 30 s: put looks at backbones whose worker died back, and send queued ones again."""
    for model, task in ((BackboneCheck, backbone_check), (BackboneGuide, guide_measure)):
        for uid in jobs.expired(model):
            jobs.requeue(model, uid)
        queued = model._default_manager.filter(state=JobState.QUEUED)
        for uid in queued.values_list("uid", flat=True):
            wake_on_commit(partial(task.apply_async, (uid,), expires=WAKE_SECONDS))


@reaction("modeling.clock.on_permit_issued")
def on_permit_issued(subject_kind: str, subject_id: str) -> None:
    """A permit, its condition or a validation changed: runs waiting on that version look again."""
    if subject_kind == "permit":
        permit = Permit.objects.filter(uid=subject_id).first()
        subject_kind, subject_id = (permit.subject_kind, permit.subject_id) if permit else ("", "")
    if subject_kind == "model_version":
        _promote(subject_id)
    _wake(TrainingRun.objects.filter(state=JobState.WAITING, inputs__version__uid=subject_id).distinct())


def _wake(waiting: Iterable[TrainingRun]) -> None:
    clock = service_account("clock")
    for run in waiting:
        try:
            actions.run_wake(actor=clock, run=run)
        except DomainError as error:  # one run that cannot be judged keeps no other from going on
            log.warning("run %s could not be woken: %s", run.uid, error.code)


@reaction("modeling.clock.on_run_finished")
def on_run_finished(subject_kind: str, subject_id: str) -> None:
    """A trial of a search ended: the next may begin."""
    _advance(Sweep.objects.filter(trials__run__uid=subject_id))


def _advance(found: Iterable[Sweep]) -> None:
    for sweep in found:
        sweeps.sweep_advance(actor=service_account("clock"), sweep=sweep)


@reaction("modeling.clock.on_permit_ended")
def on_permit_ended(subject_kind: str, subject_id: str) -> None:
    """A permit was revoked, voided or ended: quarantine its models. Its runs stop by themselves within
    seconds.
    """
    withdraw_permit(subject_id)


@shared_task(name="modeling.clock.permits_sweep", ignore_result=True)
def permits_sweep() -> None:
    """Find models whose permit ended without a wake-up (lapse is nobody's event)."""
    in_use = ModelVersion.objects.exclude(state=ModelState.QUARANTINED)
    used = RunInput.objects.filter(run__model__in=in_use).exclude(permit_uid="")
    over = permits.ran_out(timezone.now()).filter(uid=OuterRef("permit_uid"))
    uids = list(used.filter(~Exists(over)).values_list("permit_uid", flat=True).distinct().order_by())
    for start in range(0, len(uids), CHUNK):
        found = permits.checks(uids[start : start + CHUNK])
        for uid in (uid for uid, status in found.items() if status in BAD_ENDS):
            withdraw_permit(uid)


def withdraw_permit(uid: str) -> None:
    """Carry out the end of a permit for everything that came of it; twice does no harm.

    Runs need no push: a running one asks for its permit every two seconds, a queued one before it starts.
    """
    status = permits.check(uid)
    if status not in BAD_ENDS:
        return
    clock = service_account("clock")
    models = ModelVersion.objects.exclude(state=ModelState.QUARANTINED).filter(run__inputs__permit_uid=uid)
    for model in models.distinct():
        actions.model_quarantine(actor=clock, model=model, reason=f"permit_{status}")
    held = TrainingRun.objects.filter(state=JobState.RUNNING, external=True, inputs__permit_uid=uid)
    _sweep(held.distinct())


def _promote(uid: str) -> None:
    model = ModelVersion.objects.filter(uid=uid, state=ModelState.REGISTERED).first()
    permit = Permit.objects.filter(subject_id=uid, action="promote").order_by("-id").first()
    if model is None or permit is None or permits.check(permit.uid) != PermitStatus.ACTIVE:
        return
    try:
        actions.model_promote(actor=service_account("clock"), model=model)
    except (
        DomainError
    ) as error:  # refused for good: the ledger has it, sending the wake-up again would not help
        log.warning("model %s was not promoted: %s", uid, error.code)
