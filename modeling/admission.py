"""May this run read its inputs now? Gate and permit of every version, asked afresh each time (promise 1)."""

from __future__ import annotations

from dataclasses import dataclass

from catalog import selectors as catalog
from governance import permits
from governance.exceptions import DomainError, PermitDigestMismatch, PermitNotActive
from governance.models import Permit
from governance.record.canonical import CanonicalError
from governance.subject_ref import SubjectRef
from modeling.exceptions import DatasetWithdrawn, GateNotOpen, PlanChanged
from modeling.models import RunInput, TrainingRun
from modeling.training.config import TrainingPlan, parse_plan, plan_digest
from modeling.training.failures import Refused
from modeling.training.methods import method_card


@dataclass(frozen=True, slots=True)
class Admission:
    """The permit per input (by its key), and the use each permit is asked for (by its uid)."""

    granted: dict[int, Permit]
    uses: dict[str, permits.Use]
    job_kind: str

    @property
    def limits_devices(self) -> bool:
        """Whether a permit says how long its runs may hold devices."""
        return any(permit.terms.get("device_seconds") is not None for permit in self.granted.values())

    @property
    def by_input(self) -> dict[int, str]:
        """Permit uid per input."""
        return {key: permit.uid for key, permit in self.granted.items()}


def reason_of(error: DomainError) -> str:
    """The stable code a run keeps of a refusal; a permit that is not active says what it is instead."""
    if isinstance(error, PermitNotActive):
        return f"permit_{error.params['permit_status']}"
    return error.code


def accepted_plan(run: TrainingRun) -> TrainingPlan:
    """The plan that was accepted is the plan that runs. Raises PlanChanged."""
    try:
        plan = parse_plan(run.plan.document)
        digest = plan_digest(plan)
    except (Refused, CanonicalError) as error:
        raise PlanChanged from error
    if not run.plan_digest == run.plan.digest == digest:
        raise PlanChanged
    return plan


def use_of(run: TrainingRun, part: RunInput, plan: TrainingPlan) -> permits.Use:
    """The use a run makes of one input: digest, purpose, kind of job, columns and cost."""
    columns = set(plan.columns()) | ({part.where_column} if part.where_column else set())
    return permits.Use(
        action="train",
        subject=SubjectRef("dataset_version", part.version.uid, part.version.digest),
        purpose=plan.purpose,
        actor=run.requested_by,
        job_kind=method_card(plan.method).job_kind,
        columns=tuple(sorted(columns)),
        cpu_seconds=run.cpu_seconds_asked,
        device_seconds=0 if run.external else run.device_seconds_asked or run.cpu_seconds_asked,
    )


def admit(run: TrainingRun, *, reserved: bool = False) -> Admission:
    """Return the permits that let the run in now.

    Raises PlanChanged, GateNotOpen, DatasetWithdrawn, PermitRefused subclasses. `reserved`: the worker asks,
    so the permit written when the run was admitted is looked at, for everything but its budget.
    """
    plan = accepted_plan(run)
    found: dict[int, Permit] = {}
    uses: dict[str, permits.Use] = {}
    for part in run.inputs.select_related("version__dataset").order_by("id"):
        use = use_of(run, part, plan)
        if part.digest != part.version.digest:
            raise PlanChanged
        permit = _held(part, use) if reserved else permits.require(use)
        _check_gate(part, permit)
        found[part.pk] = permit
        uses[permit.uid] = use
    return Admission(found, uses, method_card(plan.method).job_kind)


def _held(part: RunInput, use: permits.Use) -> Permit:
    """The permit written when the run was admitted, looked at again; a row without one asks anew.

    A permit that is not about this version means the row was changed behind our back: PermitDigestMismatch.
    """
    if not part.permit_uid:
        return permits.require(use)
    for permit in permits.live_for(use.subject.kind, use.subject.id):
        if permit.uid == part.permit_uid:
            permits.covers_reserved(permit, use)
            return permit
    raise PermitDigestMismatch


def _check_gate(part: RunInput, permit: Permit) -> None:
    """Open, or conditional where the committee said so in the terms (committee knows the findings then)."""
    name = f"{part.version.dataset.name} v{part.version.number}"
    if part.version.dataset.archived_at is not None:
        raise DatasetWithdrawn(version=name)
    gate = catalog.gate_of(part.version.uid)
    allowed = {"open", "conditional"} if permit.terms.get("gate") == "conditional" else {"open"}
    if gate.state not in allowed:
        raise GateNotOpen(version=name, gate=gate.state)
