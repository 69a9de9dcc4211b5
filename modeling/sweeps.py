"""Searches over hyper-parameters: begin one, let it go on, stop it. A trial is a run asked for as by hand.

No budget of its own: each trial takes one run and its CPU time from the permits of the versions it reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from governance.choices import JobState
from governance.database.locks import locked
from governance.exceptions import DomainError, InvalidInput
from governance.models import User
from governance.permissions import allow, is_clock
from governance.refusals import governed
from modeling import actions, permissions
from modeling.choices import DataRole, SweepState
from modeling.exceptions import EngineRefused, SweepOver
from modeling.inputs import LONGEST_NAME, InputSpec, one_line
from modeling.models import Sweep, SweepTrial, TrainingPlan, TrainingRun
from modeling.selectors import sweeps as found_by
from modeling.services import sweeps
from modeling.training.failures import Refused
from modeling.training.search import as_json, parse_space, propose, with_values

MOST_TRIALS = 200
MOST_PARALLEL = 16


@governed("sweep.begin")
def sweep_begin(
    *,
    actor: User,
    plan: TrainingPlan,
    inputs: Sequence[InputSpec],
    space: Mapping[str, Any],
    cpu_seconds: int,
    trials: int = 20,
    parallel: int = 1,
    seed: int = 0,
    name: str = "",
) -> Sweep:
    """Begin a search with the plan as it is; the next trials follow by themselves.

    Raises InvalidInput (no validation rows: the test rows must not choose), EngineRefused (a space that is
    none) and what `actions.run_request` raises; runs wait for permits and gates like any other.
    """
    allow(permissions.may_ask_for_run(actor) and permissions.may_plan(actor))
    _check(inputs, plan, trials=trials, parallel=parallel, seed=seed)
    try:
        known = parse_space(space, json.loads(plan.document))
    except Refused as error:
        raise EngineRefused(refusal=error.code, en=error.en, zh=error.zh) from error
    sweep = sweeps.sweep_create(
        actor=actor,
        plan=plan,
        name=one_line("name", name or plan.name, LONGEST_NAME),
        space=as_json(known),
        trials=trials,
        parallel=parallel,
        cpu_seconds=cpu_seconds,
        seed=seed,
    )
    _ask(sweep, 0, plan, inputs, {})
    _go_on(sweep)
    return sweep


@governed("sweep.advance")
def sweep_advance(*, actor: User, sweep: Sweep) -> None:
    """Write down what ended, ask for the next trials, end with the last one. Twice does no harm."""
    allow(is_clock(actor))
    _go_on(sweep)


@governed("sweep.stop")
def sweep_stop(*, actor: User, sweep: Sweep) -> None:
    """End a search: trials under way stop, what was found stays. Raises SweepOver."""
    allow(sweep.requested_by_id == actor.pk or permissions.may_hurry(actor))
    best = found_by.best_of(list(found_by.trials_of(sweep)))
    ended = sweeps.sweep_end(
        actor=actor,
        sweep=sweep,
        state=SweepState.STOPPED,
        reason="cancelled",
        best=best.run.uid if best else "",
    )
    if not ended:
        raise SweepOver
    for run in TrainingRun.objects.filter(trial__sweep=sweep).unfinished():
        actions.run_cancel(actor=actor, run=run)


def _check(inputs: Sequence[InputSpec], plan: TrainingPlan, *, trials: int, parallel: int, seed: int) -> None:
    for field, value, least, most in (
        ("trials", trials, 2, MOST_TRIALS),
        ("parallel", parallel, 1, MOST_PARALLEL),
        ("seed", seed, 0, 2**31 - 1),
    ):
        if not least <= value <= most:
            bounds = {"least": least, "most": most}
            raise InvalidInput(field=field, reason=_("from %(least)s to %(most)s") % bounds)
    looks = json.loads(plan.document).get("evaluation", {}).get("live_points", 0)
    if DataRole.VALID not in {spec.role for spec in inputs} or not looks:
        raise InvalidInput(field="valid", reason=_("a search is judged on validation rows, and has none"))


def _go_on(sweep: Sweep) -> None:
    """Under the search's lock: two wake-ups at once ask for no trial twice."""
    held = locked(Sweep.objects.filter(pk=sweep.pk)).get()
    trials = list(found_by.trials_of(held))
    for trial in trials:
        if trial.value is None and trial.run.state == JobState.SUCCEEDED:
            sweeps.trial_value(trial=trial, value=found_by.validation_of(trial.run))
    if held.state != SweepState.RUNNING:
        return
    exhausted, reason = False, ""
    while len(trials) < held.trials_asked and _open(trials) < held.parallel and not exhausted:
        try:
            exhausted = not _next(held, trials)
        except DomainError as error:  # the same would be refused again: the search ends and says why
            exhausted, reason = True, error.code
    if _open(trials) == 0 and (exhausted or len(trials) >= held.trials_asked):
        best = found_by.best_of(trials)
        sweeps.sweep_end(
            actor=None,
            sweep=held,
            state=SweepState.FINISHED,
            reason=reason,
            best=best.run.uid if best else "",
        )
    sweep.refresh_from_db()


def _open(trials: Sequence[SweepTrial]) -> int:
    return sum(not trial.run.is_over for trial in trials)


def _next(sweep: Sweep, trials: list[SweepTrial]) -> bool:
    """Ask for one more trial; False where every combination was tried."""
    base = json.loads(sweep.plan.document)
    values = propose(parse_space(sweep.space, base), found_by.tried(trials), sweep.seed)
    if values is None:
        return False
    number = len(trials)
    document = {name: part for name, part in with_values(base, values).items() if name != "backbone"}
    plan = actions.plan_create(
        actor=sweep.requested_by,
        name=f"{sweep.plan.name[: LONGEST_NAME - 6]} #{number}",
        backbone=sweep.plan.backbone,
        document=document,
    )
    first = trials[0].run
    trials.append(_ask(sweep, number, plan, actions.inputs_of(first), values))
    return True


def _ask(
    sweep: Sweep,
    number: int,
    plan: TrainingPlan,
    inputs: Sequence[InputSpec],
    values: Mapping[str, Any],
) -> SweepTrial:
    run = actions.run_request(
        actor=sweep.requested_by,
        plan=plan,
        inputs=inputs,
        cpu_seconds=sweep.cpu_seconds,
        name=f"{sweep.name[: LONGEST_NAME - 6]} #{number}",
        wait=True,
    )
    return sweeps.trial_add(sweep=sweep, number=number, run=run, values=values)
