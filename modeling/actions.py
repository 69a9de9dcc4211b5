"""What a person or program may do with plans, runs and models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.models import DatasetVersion
from governance import permits
from governance.choices import JobState, PermitStatus
from governance.exceptions import InvalidInput, NotFound, PermitRefused
from governance.models import User
from governance.outbox import wake_on_commit
from governance.permissions import allow, is_clock
from governance.record.canonical import CanonicalError
from governance.refusals import governed
from modeling import permissions
from modeling.admission import admit, reason_of
from modeling.choices import BackboneKind, DataRole
from modeling.exceptions import EngineRefused, InputsIncomplete, ModelNotUsable, RunOver
from modeling.inputs import InputSpec
from modeling.models import Backbone, ModelVersion, TrainingPlan, TrainingRun
from modeling.selectors import withdrawn
from modeling.services import plans, results, runs
from modeling.tasks import run_execute
from modeling.training import backbones
from modeling.training.config import parse_plan, plan_bytes
from modeling.training.failures import Refused
from modeling.training.methods import check_fits

LONGEST_NOTES = 20_000
LONGEST_NAME = 120
LONGEST_PURPOSE = LONGEST_REASON = 80
MOST_CPU_SECONDS = 100_000_000


def _line(field: str, value: str, longest: int) -> str:
    """One line of text as both databases store it. Raises InvalidInput."""
    text = " ".join(value.split())
    if not text or len(text) > longest or not text.isprintable():
        raise InvalidInput(
            field=field, reason=_("one line of 1 to %(longest)s characters") % {"longest": longest}
        )
    return text


@governed("backbone.register")
def backbone_register(
    *, actor: User, name: str, kind: str, place: str, licence: str, languages: Sequence[str] = ()
) -> Backbone:
    """Register a pretrained model found on this machine: safetensors only, nothing is fetched.

    Raises EngineRefused, InvalidInput (a folder outside the folder set for backbones), NameTaken.
    """
    allow(permissions.may_register_backbone(actor))
    name, licence = _line("name", name, LONGEST_NAME), _line("licence", licence, 60)
    folder = _backbone_folder(place) if kind == BackboneKind.FOLDER else None
    try:
        files = backbones.resolve(place if folder is None else name, folder)
    except Refused as error:
        raise EngineRefused(refusal=error.code, en=error.en, zh=error.zh) from error
    return plans.backbone_create(
        actor=actor,
        name=name,
        kind=kind,
        place=str(folder or place),
        licence=licence,
        languages=languages,
        files=files,
    )


def _backbone_folder(place: str) -> Path:
    """A folder below the one set for backbones; no other path of the machine is opened."""
    root: Path = settings.GAVEL_BACKBONES.resolve()
    try:
        folder = (root / place).resolve()
        inside = folder.is_relative_to(root) and (folder / "config.json").exists() is not None
    except (OSError, ValueError):  # a name no file system takes
        inside = False
    if not inside:
        raise InvalidInput(field="place", reason=_("outside the folder of backbones"))
    return folder


@governed("plan.create")
def plan_create(*, actor: User, name: str, backbone: Backbone, document: Mapping[str, Any]) -> TrainingPlan:
    """Freeze a plan. The backbone's digest is written into it. Raises EngineRefused for what the engine
    refuses.
    """
    allow(permissions.may_plan(actor))
    name = _line("name", name, LONGEST_NAME)
    source = backbone.name if backbone.kind == BackboneKind.FOLDER else backbone.place
    try:
        plan = parse_plan({**document, "backbone": {"name": source, "digest": backbone.digest}})
        check_fits(plan.method, backbone.architecture)
        plan_bytes(plan)
    except Refused as error:
        raise EngineRefused(refusal=error.code, en=error.en, zh=error.zh) from error
    except CanonicalError as error:
        raise InvalidInput(field="document", reason=str(error)) from error
    if _line("purpose", plan.purpose, LONGEST_PURPOSE) != plan.purpose:
        raise InvalidInput(field="purpose", reason=_("one line without double blanks"))
    return plans.plan_create(actor=actor, name=name, backbone=backbone, plan=plan)


@governed("run.request")
def run_request(
    *,
    actor: User,
    plan: TrainingPlan,
    inputs: Sequence[InputSpec],
    cpu_seconds: int,
    name: str = "",
    wait: bool = False,
) -> TrainingRun:
    """Ask for a run. Without permit or open gate it is refused, or waits for them where `wait` is set.

    Raises NotPermitted, NotFound (a version the actor may not see), InputsIncomplete, InvalidInput,
    PermitRefused subclasses, GateNotOpen.
    """
    allow(permissions.may_ask_for_run(actor))
    _check_inputs(actor, inputs, cpu_seconds)
    name = _line("name", name or plan.name, LONGEST_NAME)
    run = runs.run_create(actor=actor, plan=plan, name=name, inputs=inputs, cpu_seconds=cpu_seconds)
    if not _try_admit(run, refuse=not wait):
        return run
    run.refresh_from_db()
    return run


def _check_inputs(actor: User, inputs: Sequence[InputSpec], cpu_seconds: int) -> None:
    roles = [spec.role for spec in inputs]
    if not {DataRole.TRAIN, DataRole.TEST} <= set(roles) <= set(DataRole) or len(roles) != len(set(roles)):
        raise InputsIncomplete
    if not 1 <= cpu_seconds <= MOST_CPU_SECONDS:
        raise InvalidInput(field="cpu_seconds", reason=_("from 1 to %(most)s") % {"most": MOST_CPU_SECONDS})
    for spec in inputs:
        if spec.where is not None and (len(spec.where[0]) > 120 or len(spec.where[1]) > 200):
            raise InvalidInput(field="where", reason=_("too long"))
    wanted = {spec.version.pk for spec in inputs}
    if DatasetVersion.objects.visible_to(actor).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound


def _try_admit(run: TrainingRun, *, refuse: bool) -> bool:
    """Queue the run if gate and permits let it; else raise or note why it waits."""
    try:
        admission = admit(run)
    except PermitRefused as error:
        if refuse:
            raise
        runs.run_keep_waiting(run=run, reason=reason_of(error), detail=_plain(error.params))
        run.refresh_from_db()
        return False
    if not runs.run_admit(run=run, permits_by_input=admission.by_input):
        return False
    wake_on_commit(partial(run_execute.delay, run.uid))
    return True


def _plain(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in params.items()}


@governed("run.wake")
def run_wake(*, actor: User, run: TrainingRun) -> bool:
    """Look again whether a waiting run may start; for the clock and for who asked for it."""
    allow(is_clock(actor) or permissions.may_stop(actor, run))
    if run.state != JobState.WAITING:
        return False
    return _try_admit(run, refuse=False)


@governed("run.cancel")
def run_cancel(*, actor: User, run: TrainingRun) -> None:
    """Ask a run to stop; asking twice changes nothing. Raises RunOver for a run that ended."""
    allow(is_clock(actor) or permissions.may_stop(actor, run))
    if not runs.run_cancel(actor=actor, run=run):
        run.refresh_from_db()
        if run.is_over:
            raise RunOver


@governed("run.reap")
def run_reap(*, actor: User, run: TrainingRun) -> str:
    """Put a run whose worker died back into its queue; for the clock. Returns the state it is in then."""
    allow(is_clock(actor))
    return runs.run_reap(run=run)


@governed("run.note")
def run_note(*, actor: User, run: TrainingRun, notes: str) -> None:
    allow(permissions.may_stop(actor, run) or permissions.may_ask_for_run(actor))
    if len(notes) > LONGEST_NOTES:
        raise InvalidInput(
            field="notes", reason=_("at most %(longest)s characters") % {"longest": LONGEST_NOTES}
        )
    runs.run_note(actor=actor, run=run, notes=notes.replace("\0", ""))


@governed("model.quarantine")
def model_quarantine(*, actor: User, model: ModelVersion, reason: str) -> bool:
    """Take a model out of use: by the governance team, or by the clock when its permit ended badly."""
    allow(is_clock(actor) or permissions.may_stop(actor, model.run))
    reason = _line("reason", reason, LONGEST_REASON)
    return results.model_quarantine(model=model, reason=reason, actor=actor)


@governed("model.promote")
def model_promote(*, actor: User, model: ModelVersion) -> None:
    """Promote under an active permit for `promote` on exactly these weights. Raises PermitRefused,
    ModelNotUsable.
    """
    allow(is_clock(actor) or permissions.may_stop(actor, model.run))
    if withdrawn(model.uid):
        raise ModelNotUsable
    for permit in permits.live_for("model_version", model.uid):
        live = permits.is_authentic(permit) and permits.status_of(permit) == PermitStatus.ACTIVE
        if permits.action_of(permit) == "promote" and permit.subject_digest == model.digest and live:
            results.model_promote(actor=actor, model=model, permit_uid=permit.uid)
            return
    raise PermitRefused
