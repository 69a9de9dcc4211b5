"""What a search found: trials with their values, the best first where that is asked."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from governance.models import User
from modeling.models import MetricPoint, Sweep, SweepTrial, TrainingRun
from modeling.selectors.pages import headline_of
from modeling.training.search import Tried


def sweeps_of(user: User) -> QuerySet[Sweep]:
    return Sweep.objects.visible_to(user).select_related("plan", "requested_by")


def trials_of(sweep: Sweep) -> QuerySet[SweepTrial]:
    return sweep.trials.select_related("run__plan", "run__model", "run__requested_by").order_by("number")


def best_of(trials: Sequence[SweepTrial]) -> SweepTrial | None:
    """The trial with the highest value; the earlier one of equals."""
    scored = [trial for trial in trials if trial.value is not None]
    return max(scored, key=lambda trial: (trial.value or 0.0, -trial.number)) if scored else None


def tried(trials: Sequence[SweepTrial]) -> list[Tried]:
    return [Tried(trial.values, trial.value, trial.run.is_over) for trial in trials]


def validation_of(run: TrainingRun) -> float | None:
    """The task's first metric on the validation rows: of the look whose weights are kept, else the last."""
    points = MetricPoint.objects.filter(run=run, metric=f"valid/{headline_of(run.plan)}").order_by("-step")
    kept = (run.result.get("training") or {}).get("best_step")
    found = points.filter(step=kept).first() if kept is not None else points.first()
    return found.value if found else None
