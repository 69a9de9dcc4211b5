"""What a client may do with a run it trains outside Gavel: start it under a permit, log to it, end it.

The permit is asked for at every call. One that no longer holds ends the run as stopped, and the client is
told so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import DatasetVersion
from governance import permits
from governance.choices import JobState, PermitStatus
from governance.exceptions import InvalidInput, NotFound, PermitNotActive, PermitRefused
from governance.models import Permit, User
from governance.permissions import allow, is_clock
from governance.refusals import governed
from modeling import files, permissions
from modeling.choices import DataRole
from modeling.exceptions import RunOver, RunReadOnly
from modeling.files import Readable
from modeling.inputs import LONGEST_NAME, MOST_CPU_SECONDS, InputSpec, one_line
from modeling.logged import Logged
from modeling.models import TrainingPlan, TrainingRun
from modeling.services import tracking

LONGEST_SILENCE = dt.timedelta(days=7)


@governed("run.begin")
def run_begin(
    *,
    actor: User,
    plan: TrainingPlan,
    name: str,
    permit_uids: Mapping[str, str],
    cpu_seconds: int,
    tags: Mapping[str, str],
) -> TrainingRun:
    """Start a run outside under the permits named by role; `train` is needed.

    Raises NotPermitted, PermitRefused subclasses, GateNotOpen, NotFound (data the actor may not see).
    """
    allow(permissions.may_ask_for_run(actor))
    if not 1 <= cpu_seconds <= MOST_CPU_SECONDS:
        raise InvalidInput(field="cpu_seconds", reason=_("from 1 to %(most)s") % {"most": MOST_CPU_SECONDS})
    if not permit_uids.get(DataRole.TRAIN):
        raise PermitRefused
    inputs = [(_input(actor, role, uid), uid) for role, uid in sorted(permit_uids.items())]
    return tracking.run_begin(
        actor=actor,
        plan=plan,
        name=one_line("name", name or plan.name, LONGEST_NAME),
        inputs=inputs,
        cpu_seconds=cpu_seconds,
        tags=tags,
    )


def _input(actor: User, role: str, permit_uid: str) -> InputSpec:
    """The version a permit is about. Of a permit that is none, or a version unseen, nothing is told."""
    permit = Permit.objects.filter(uid=permit_uid, subject_kind="dataset_version").first()
    if permit is None:
        raise PermitRefused
    version = DatasetVersion.objects.visible_to(actor).filter(uid=permit.subject_id).first()
    if version is None:
        raise NotFound
    return InputSpec(role, version)


def run_log(*, actor: User, run: TrainingRun, logged: Logged) -> None:
    """Store what the client sent. Raises RunReadOnly, RunOver, PermitRefused (the run is stopped then),
    RunFull, ParamFixed.
    """
    ask_to_write(actor=actor, run=run)
    tracking.run_log(run=run, logged=logged)


def ask_to_write(*, actor: User, run: TrainingRun) -> None:
    """Whether this client may write to this run now; a run whose permit no longer holds ends here."""
    if not run.external or run.requested_by_id != actor.pk:
        raise RunReadOnly
    if run.is_over:
        raise _over(run)
    status = _permit_status(run)
    if status != PermitStatus.ACTIVE:
        tracking.run_stop(run=run, state=JobState.CANCELLED, reason=f"permit_{status}")
        raise PermitNotActive(permit_status=status)


def _over(run: TrainingRun) -> RunOver | PermitNotActive:
    """Why an ended run takes nothing: its permit, where that ended it."""
    word = run.reason.removeprefix("permit_")
    stopped = run.reason.startswith("permit_") and word in PermitStatus.values
    return PermitNotActive(permit_status=word) if stopped else RunOver()


def _permit_status(run: TrainingRun) -> str:
    """The status of the permits of a run: the first that is not active, else active."""
    uids = run.inputs.order_by("id").values_list("permit_uid", flat=True)
    for uid in dict.fromkeys(uids):
        status = permits.check(uid)
        if status != PermitStatus.ACTIVE:
            return status
    return PermitStatus.ACTIVE


@governed("run.finish")
def run_finish(*, actor: User, run: TrainingRun, state: str) -> None:
    """The client says how its run ended. Raises RunReadOnly, RunOver."""
    if not run.external or run.requested_by_id != actor.pk:
        raise RunReadOnly
    reason = {JobState.FAILED: "outside_failed", JobState.CANCELLED: "cancelled"}.get(JobState(state), "")
    status = _permit_status(run)
    if status != PermitStatus.ACTIVE:
        state, reason = JobState.CANCELLED, f"permit_{status}"
    if not tracking.run_stop(run=run, state=state, reason=reason):
        raise RunOver


@governed("run.sweep")
def run_sweep(*, actor: User, run: TrainingRun) -> bool:
    """End a run outside whose permit no longer holds or whose client fell silent; for the clock."""
    allow(is_clock(actor))
    status = _permit_status(run)
    if status != PermitStatus.ACTIVE:
        return tracking.run_stop(run=run, state=JobState.CANCELLED, reason=f"permit_{status}")
    heard = run.heartbeat_at or run.created_at
    if timezone.now() - heard > LONGEST_SILENCE:
        return tracking.run_stop(run=run, state=JobState.FAILED, reason="outside_silent")
    return False


@governed("run.tag")
def run_tag(*, actor: User, run: TrainingRun, tags: Mapping[str, str], gone: Sequence[str] = ()) -> None:
    """Set and remove tags of a run the actor may see, over or not. Raises NotPermitted, RunFull."""
    allow(permissions.may_note(actor, run))
    tracking.run_tag(actor=actor, run=run, tags=tags, gone=gone)


@governed("run.rename")
def run_rename(*, actor: User, run: TrainingRun, name: str) -> None:
    allow(permissions.may_stop(actor, run))
    tracking.run_rename(actor=actor, run=run, name=one_line("name", name, LONGEST_NAME))


def file_keep(*, actor: User, run: TrainingRun, path: str, stream: Readable, size: int) -> None:
    """Keep a file of a run outside, streamed. Raises as `run_log`, FileRefused, RunFull."""
    ask_to_write(actor=actor, run=run)
    files.keep(run, path, stream, size=size, most_bytes=settings.GAVEL_UPLOAD_LIMIT)
    with transaction.atomic():
        tracking.run_log(run=run, logged=Logged())


def file_open(*, actor: User, run: TrainingRun, path: str) -> BinaryIO:
    """A file of a run the actor may see. Reading one of a model is an act of its own, with a ledger row.

    Raises NotFound, FileRefused.
    """
    stream = files.opened(run, path) if run.external else _model_open(actor=actor, run=run, path=path)
    if stream is None:
        raise NotFound
    return stream


@governed("model.read")
def _model_open(*, actor: User, run: TrainingRun, path: str) -> BinaryIO | None:
    stream = files.opened(run, path)
    if stream is not None:
        tracking.model_read(actor=actor, run=run, path=path)
    return stream
