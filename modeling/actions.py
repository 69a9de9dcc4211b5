"""What a person or program may do with plans, runs and models."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from catalog.models import Column, DatasetVersion
from catalog.selectors import hidden_columns
from governance import permits
from governance.choices import JobState, PermitStatus
from governance.exceptions import InvalidInput, NotFound, PermitRefused
from governance.models import User
from governance.outbox import wake_on_commit
from governance.permissions import allow, is_clock
from governance.record.canonical import CanonicalError
from governance.refusals import governed
from modeling import permissions
from modeling.admission import Admission, admit, reason_of
from modeling.choices import BackboneKind, BackboneState, DataRole, Priority, Verdict
from modeling.exceptions import (
    BackboneBlind,
    BackboneNotReady,
    DatasetWithdrawn,
    EngineRefused,
    InputsIncomplete,
    ModelNotUsable,
    RunBegun,
    RunOver,
)
from modeling.inputs import LONGEST_NAME, MOST_CPU_SECONDS, InputSpec, one_line
from modeling.models import (
    Backbone,
    BackboneCheck,
    BackboneGuide,
    ModelVersion,
    TrainingPlan,
    TrainingRun,
)
from modeling.places import place_of, root
from modeling.selectors import fitting, withdrawn
from modeling.services import backbones, guides, plans, results, runs
from modeling.tasks import backbone_check as backbone_check_task
from modeling.tasks import guide_measure as guide_measure_task
from modeling.tasks import run_exactly, run_execute
from modeling.training.config import TextPlan, parse_plan, plan_bytes
from modeling.training.failures import Refused
from modeling.training.methods import check_fits
from modeling.training.tasks import task_card
from ui import words

LONGEST_NOTES = 20_000
LONGEST_PURPOSE = LONGEST_REASON = 80
SHORTEST_TEXT, LONGEST_TEXT = 4, 8192
HUB_ID = re.compile(r"[\w.-]{1,96}(/[\w.-]{1,96})?", re.ASCII)


@governed("backbone.register")
def backbone_register(
    *, actor: User, name: str, kind: str, place: str, licence: str, languages: Sequence[str] = ()
) -> Backbone:
    """Record a pretrained model and have its files checked by a job: safetensors only, no code of its own.

    Raises InvalidInput (a folder outside the folder set for backbones, a hub id or licence that is none),
    NameTaken. What the files are at fault for is written into the backbone by its check.
    """
    allow(permissions.may_register_backbone(actor))
    name, licence = one_line("name", name, LONGEST_NAME), _licence(licence)
    if kind == BackboneKind.FOLDER:
        place = str(_backbone_folder(place))
    elif not HUB_ID.fullmatch(place) or {".", ".."} & set(place.split("/")):
        raise InvalidInput(field="place", reason=_("a name, or organisation/name"))
    check = backbones.backbone_create(
        actor=actor, name=name, kind=kind, place=place, licence=licence, languages=languages
    )
    wake_on_commit(partial(backbone_check_task.delay, check.uid))
    return check.backbone


@governed("backbone.check")
def backbone_check(*, actor: User, backbone: Backbone) -> BackboneCheck:
    """Have the files of a backbone looked at again. Its digest stays; other files refuse it."""
    allow(permissions.may_register_backbone(actor))
    check = backbones.check_create(actor=actor, backbone=backbone)
    wake_on_commit(partial(backbone_check_task.delay, check.uid))
    return check


@governed("guide.measure")
def guide_measure(
    *, actor: User, version: DatasetVersion, columns: Sequence[str] = (), max_length: int = 64
) -> BackboneGuide:
    """Measure how the checked backbones read a version, on a sample. Stores figures, never a text.

    Raises NotPermitted, NotFound (a version the actor may not see), DatasetWithdrawn, InvalidInput (a column
    it has not, or whose cells a page would mask).
    """
    allow(permissions.may_measure(actor))
    if not DatasetVersion.objects.visible_to(actor).filter(pk=version.pk).exists():
        raise NotFound
    if version.dataset.archived_at is not None:
        raise DatasetWithdrawn(version=str(version))
    if not SHORTEST_TEXT <= max_length <= LONGEST_TEXT:
        bounds = {"least": SHORTEST_TEXT, "most": LONGEST_TEXT}
        raise InvalidInput(field="max_length", reason=_("from %(least)s to %(most)s") % bounds)
    known = set(Column.objects.filter(version=version).values_list("name", flat=True))
    if set(columns) - (known - hidden_columns(version)):
        raise InvalidInput(field="columns", reason=_("a column it does not have, or one that is masked"))
    guide = guides.guide_create(actor=actor, version=version, columns=columns, max_length=max_length)
    wake_on_commit(partial(guide_measure_task.delay, guide.uid))
    return guide


def _licence(text: str) -> str:
    """An SPDX expression in its canonical form. Raises InvalidInput."""
    try:
        return str(canonicalize_license_expression(one_line("licence", text, 60)))
    except InvalidLicenseExpression as error:
        reason = _("an SPDX identifier, or LicenseRef-NAME")
        raise InvalidInput(field="licence", reason=reason) from error


def _backbone_folder(place: str) -> Path:
    """A folder below the one set for backbones; no other path of the machine is opened."""
    inside_of = root()
    try:
        folder = (inside_of / place).resolve()
        inside = folder.is_relative_to(inside_of) and (folder / "config.json").exists() is not None
    except (OSError, ValueError):  # a name no file system takes
        inside = False
    if not inside:
        raise InvalidInput(field="place", reason=_("outside the folder of backbones"))
    return folder


@governed("plan.create")
def plan_create(
    *,
    actor: User,
    name: str,
    backbone: Backbone,
    document: Mapping[str, Any],
    version: DatasetVersion | None = None,
) -> TrainingPlan:
    """Freeze a plan. The backbone's digest is written into it. `version`: data it is meant for; a backbone
    that was measured not to read its texts is refused.

    Raises BackboneNotReady, BackboneBlind, NotFound (a version the actor may not see), EngineRefused for what
    the engine refuses.
    """
    allow(permissions.may_plan(actor))
    name = one_line("name", name, LONGEST_NAME)
    _check_ready(backbone)
    source = place_of(backbone).name
    try:
        plan = parse_plan({**document, "backbone": {"name": source, "digest": backbone.digest}})
        check_fits(plan.method, backbone.architecture)
        plan_bytes(plan)
    except Refused as error:
        raise EngineRefused(refusal=error.code, en=error.en, zh=error.zh) from error
    except CanonicalError as error:
        raise InvalidInput(field="document", reason=str(error)) from error
    if one_line("purpose", plan.purpose, LONGEST_PURPOSE) != plan.purpose:
        raise InvalidInput(field="purpose", reason=_("one line without double blanks"))
    if version is not None:
        if not DatasetVersion.objects.visible_to(actor).filter(pk=version.pk).exists():
            raise NotFound
        _check_reads(backbone, version, plan.text)
    return plans.plan_create(actor=actor, name=name, backbone=backbone, plan=plan)


def _check_ready(backbone: Backbone) -> None:
    """Raises BackboneNotReady: its files were not checked, or did not pass."""
    if backbone.state != BackboneState.CHECKED:
        raise BackboneNotReady(name=backbone.name)


def _check_reads(backbone: Backbone, version: DatasetVersion, text: TextPlan) -> None:
    """Raises BackboneBlind where a guide measured that the backbone does not know the plan's texts."""
    found = fitting.sight(backbone, version.dataset, (*text.left, *text.right))
    if found.verdict == Verdict.BLOCKED:
        share = words.share(found.share)
        raise BackboneBlind(name=backbone.name, share=share, instead=fitting.instead(found))


@governed("run.request")
def run_request(
    *,
    actor: User,
    plan: TrainingPlan,
    inputs: Sequence[InputSpec],
    cpu_seconds: int,
    name: str = "",
    wait: bool = False,
    priority: int = Priority.NORMAL,
    device_seconds: int = 0,
) -> TrainingRun:
    """Ask for a run. Without permit or open gate it is refused, or waits for them where `wait` is set.

    Raises NotPermitted, NotFound (a version the actor may not see), InputsIncomplete, InvalidInput,
    BackboneNotReady, BackboneBlind, PermitRefused subclasses, GateNotOpen.
    """
    allow(permissions.may_ask_for_run(actor))
    _check_priority(actor, priority)
    _check_inputs(actor, inputs, cpu_seconds)
    _check_device_time(device_seconds)
    _check_backbone(plan, inputs)
    name = one_line("name", name or plan.name, LONGEST_NAME)
    run = runs.run_create(
        actor=actor, plan=plan, name=name, inputs=inputs, cpu_seconds=cpu_seconds, priority=priority,
        device_seconds=device_seconds,
    )  # fmt: skip
    if not _try_admit(run, refuse=not wait):
        return run
    run.refresh_from_db()
    return run


def run_reproduce(*, actor: User, run: TrainingRun) -> TrainingRun:
    """Ask for a run once more: the same plan on the same versions, under the permits of today. Raises what
    :func:`run_request` raises."""
    inputs = inputs_of(run)
    name = f"{run.name[: LONGEST_NAME - 10]} {run.uid[:8]}"
    return run_request(
        actor=actor, plan=run.plan, inputs=inputs, cpu_seconds=run.cpu_seconds_asked, name=name,
        device_seconds=run.device_seconds_asked,
    )  # fmt: skip


def inputs_of(run: TrainingRun) -> list[InputSpec]:
    """What a run was asked to read, to ask for it again."""
    return [
        InputSpec(
            part.role, part.version, (part.where_column, part.where_equals) if part.where_column else None
        )
        for part in run.inputs.select_related("version__dataset")
    ]


@governed("run.carry_out", atomic=False)
def run_here(*, actor: User, run: TrainingRun) -> str:
    """Carry a queued run out in this process, as a worker would; nothing where one was faster."""
    allow(permissions.may_stop(actor, run))
    return str(run_exactly(run.uid))


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


def _check_device_time(seconds: int) -> None:
    if not 0 <= seconds <= MOST_CPU_SECONDS:
        raise InvalidInput(field="device_seconds", reason=_("up to %(most)s") % {"most": MOST_CPU_SECONDS})


def _check_backbone(plan: TrainingPlan, inputs: Sequence[InputSpec]) -> None:
    """Told when the run is asked for: the worker would refuse it anyway, after its bytes were hashed."""
    _check_ready(plan.backbone)
    try:
        document = parse_plan(plan.document)
    except Refused:
        return  # a broken plan is told by admission
    for spec in inputs:
        if spec.role == DataRole.TRAIN:
            _check_reads(plan.backbone, spec.version, document.text)
        elif spec.role == DataRole.TEST:
            shown = (
                *document.evaluation.slices,
                *((document.text.time,) if task_card(document.task).trends else ()),
            )
            _check_slices(shown, spec.version)


def _check_slices(columns: Sequence[str], version: DatasetVersion) -> None:
    """Values of a slice and times of a trend stand on the page of the run: no column that pages mask.
    Raises InvalidInput."""
    if set(columns) & hidden_columns(version):
        raise InvalidInput(field="slices", reason=_("a column that is masked on pages"))


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
    if not runs.run_admit(run=run, permits_by_input=admission.by_input, holder=_holder(run, admission)):
        return False
    wake_on_commit(partial(run_execute.delay, run.uid))
    return True


def _holder(run: TrainingRun, admission: Admission) -> str:
    """Who holds the permit of the training rows: the share a run takes from."""
    train = run.inputs.filter(role=DataRole.TRAIN).values_list("pk", flat=True).first()
    return admission.granted[train].holder if train in admission.granted else ""


def _check_priority(actor: User, priority: int) -> None:
    """Raises InvalidInput; NotPermitted for a high one that is not the governance team's."""
    if priority not in Priority.values:
        raise InvalidInput(field="priority", reason=_("low, normal or high"))
    allow(priority != Priority.HIGH or permissions.may_hurry(actor))


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


@governed("run.prioritise")
def run_prioritise(*, actor: User, run: TrainingRun, priority: int) -> None:
    """Let a run that has not begun go earlier or later. High is the governance team's. Raises RunBegun."""
    allow(permissions.may_stop(actor, run))
    _check_priority(actor, priority)
    if not runs.run_prioritise(actor=actor, run=run, priority=priority):
        raise RunBegun


@governed("run.reap")
def run_reap(*, actor: User, run: TrainingRun) -> str:
    """Put a run whose worker died back into its queue; for the clock. Returns the state it is in then."""
    allow(is_clock(actor))
    return runs.run_reap(run=run)


@governed("run.note")
def run_note(*, actor: User, run: TrainingRun, notes: str) -> None:
    allow(permissions.may_note(actor, run))
    if len(notes) > LONGEST_NOTES:
        raise InvalidInput(
            field="notes", reason=_("at most %(longest)s characters") % {"longest": LONGEST_NOTES}
        )
    runs.run_note(actor=actor, run=run, notes=notes.replace("\0", ""))


@governed("model.quarantine")
def model_quarantine(*, actor: User, model: ModelVersion, reason: str) -> bool:
    """Take a model out of use: by the governance team, or by the clock when its permit ended badly."""
    allow(is_clock(actor) or permissions.may_stop(actor, model.run))
    reason = one_line("reason", reason, LONGEST_REASON)
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
