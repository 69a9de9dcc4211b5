"""May this run read its inputs now? Gate and permit of every version, asked afresh each time (promise 1)."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import selectors as catalog
from governance import permits
from governance.models import Permit
from governance.subject_ref import SubjectRef
from modeling.exceptions import GateNotOpen, PlanChanged
from modeling.models import RunInput, TrainingRun
from modeling.training.config import parse_plan, plan_digest
from modeling.training.methods import method_card


@dataclass(frozen=True, slots=True)
class Admission:
    """The permit per input, and the use each permit is asked for."""

    permits: dict[int, Permit]
    uses: dict[str, permits.Use]


def use_of(run: TrainingRun, part: RunInput) -> permits.Use:
    """The use a run makes of one input: digest, purpose, kind of job, columns and cost."""
    plan = parse_plan(run.plan.document)
    columns = set(plan.text.columns()) | ({part.where_column} if part.where_column else set())
    return permits.Use(
        action="train",
        subject=SubjectRef("dataset_version", part.version.uid, part.version.digest),
        purpose=plan.purpose,
        actor=run.requested_by,
        job_kind=method_card(plan.method).job_kind,
        columns=tuple(sorted(columns)),
        cpu_seconds=run.cpu_seconds_asked,
    )


def check_plan(run: TrainingRun) -> None:
    """The plan that was accepted is the plan that runs. Raises PlanChanged."""
    if not run.plan_digest == run.plan.digest == plan_digest(parse_plan(run.plan.document)):
        raise PlanChanged


def admit(run: TrainingRun, *, reserved: bool = False) -> Admission:
    """Return the permits that let the run in now.

    Raises PlanChanged, GateNotOpen, PermitRefused subclasses. `reserved`: the budget was taken already, so an
    admitted permit is looked at for everything but its budget.
    """
    check_plan(run)
    found: dict[int, Permit] = {}
    uses: dict[str, permits.Use] = {}
    for part in run.inputs.select_related("version__dataset").order_by("id"):
        use = use_of(run, part)
        if part.digest != part.version.digest:
            raise PlanChanged
        permit = _held(part, use) if reserved else permits.require(use)
        _check_gate(part, permit)
        found[part.pk] = permit
        uses[permit.uid] = use
    return Admission(found, uses)


def _held(part: RunInput, use: permits.Use) -> Permit:
    """The permit written when the run was admitted, looked at again; a row without one asks anew."""
    for permit in permits.live_for(use.subject.kind, use.subject.id):
        if permit.uid == part.permit_uid:
            permits.covers_reserved(permit, use)
            return permit
    return permits.require(use)


def _check_gate(part: RunInput, permit: Permit) -> None:
    """Open, or conditional where the committee said so in the terms (committee knows the findings then)."""
    gate = catalog.gate_of(part.version.uid)
    allowed = {"open", "conditional"} if permit.terms.get("gate") == "conditional" else {"open"}
    if gate.state not in allowed:
        raise GateNotOpen(version=f"{part.version.dataset.name} v{part.version.number}", gate=gate.state)
