"""Writing searches: beginning, each trial, what it gave, the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from governance import ledger
from governance.models import User
from governance.subject_ref import SubjectRef
from modeling.choices import SWEEP_TRANSITIONS
from modeling.models import Sweep, SweepTrial, TrainingPlan, TrainingRun


def subject_of(sweep: Sweep) -> SubjectRef:
    return SubjectRef("sweep", sweep.uid, sweep.plan.digest)


@transaction.atomic
def sweep_create(
    *,
    actor: User,
    plan: TrainingPlan,
    name: str,
    space: Mapping[str, Any],
    trials: int,
    parallel: int,
    cpu_seconds: int,
    seed: int,
) -> Sweep:
    sweep = Sweep.objects.create(
        plan=plan,
        name=name,
        space=dict(space),
        trials_asked=trials,
        parallel=parallel,
        cpu_seconds=cpu_seconds,
        seed=seed,
        requested_by=actor,
    )
    data = {"plan": plan.uid, "trials": trials, "cpu_seconds": cpu_seconds, "keys": sorted(space)}
    ledger.append(type="sweep.begun", actor=actor, subject=subject_of(sweep), data=data)
    return sweep


@transaction.atomic
def trial_add(*, sweep: Sweep, number: int, run: TrainingRun, values: Mapping[str, Any]) -> SweepTrial:
    """The run of a trial; the run's own request is in the ledger."""
    return SweepTrial.objects.create(sweep=sweep, number=number, run=run, values=dict(values))


def trial_value(*, trial: SweepTrial, value: float | None) -> None:
    """What a trial that is over gave, once."""
    SweepTrial.objects.filter(pk=trial.pk, value=None).update(value=value)
    trial.value = value


@transaction.atomic
def sweep_end(*, actor: User | None, sweep: Sweep, state: str, reason: str = "", best: str = "") -> bool:
    """End a running search; False where somebody was faster. `best`: uid of the best run."""
    sources = [source for source, targets in SWEEP_TRANSITIONS.items() if state in targets]
    rows = Sweep.objects.filter(pk=sweep.pk, state__in=sources)
    if not rows.update(state=state, reason=reason, finished_at=timezone.now()):
        return False
    data = {"state": str(state), "reason": reason, "best": best}
    ledger.append(type="sweep.ended", actor=actor, subject=subject_of(sweep), data=data)
    return True
