"""What a person does with a run they watch: rules that tell them, tags; and what the clock does for them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from governance.exceptions import InvalidInput, NotFound
from governance.models import User
from governance.permissions import allow, is_clock
from governance.refusals import governed
from modeling import outside, permissions
from modeling.choices import AlertKind
from modeling.exceptions import RunOver
from modeling.inputs import one_line
from modeling.models import MetricAlert, TrainingPlan, TrainingRun
from modeling.services import alerts, series
from modeling.supervision.lines import LONGEST_NAME

MOST_RULES = 50
MOST_MINUTES = 7 * 24 * 60
LONGEST_KEY, LONGEST_VALUE = 250, 8000
RESERVED = ("gavel.", "mlflow.")
NEEDS_METRIC = {AlertKind.BELOW, AlertKind.ABOVE}


@governed("alert.set")
def alert_set(
    *,
    actor: User,
    kind: str,
    run: TrainingRun | None = None,
    plan: TrainingPlan | None = None,
    metric: str = "",
    threshold: float | None = None,
    minutes: int | None = None,
) -> MetricAlert:
    """Be told once of a run the actor may see, or of each run of a plan, when something holds.

    What the kind does not use is dropped. Raises NotFound, RunOver (nothing will happen to it any more),
    InvalidInput.
    """
    _scope(actor, run, plan)
    if kind not in AlertKind.values:
        raise InvalidInput(field="kind", reason=_("not one of the kinds"))
    metric = one_line("metric", metric, LONGEST_NAME) if metric.strip() or kind in NEEDS_METRIC else ""
    if kind in NEEDS_METRIC and (threshold is None or not math.isfinite(threshold)):
        raise InvalidInput(field="threshold", reason=_("a finite number is needed"))
    if kind == AlertKind.SILENT and (minutes is None or not 1 <= minutes <= MOST_MINUTES):
        bounds = {"least": 1, "most": MOST_MINUTES}
        raise InvalidInput(field="minutes", reason=_("from %(least)s to %(most)s") % bounds)
    if MetricAlert.objects.filter(owner=actor, run=run, plan=plan).count() >= MOST_RULES:
        raise InvalidInput(field="kind", reason=_("at most %(most)s rules") % {"most": MOST_RULES})
    return alerts.alert_create(
        owner=actor,
        run=run,
        plan=plan,
        kind=kind,
        metric=metric if kind in {*NEEDS_METRIC, AlertKind.BROKEN} else "",
        threshold=threshold if kind in NEEDS_METRIC else None,
        minutes=minutes if kind == AlertKind.SILENT else None,
    )


def _scope(actor: User, run: TrainingRun | None, plan: TrainingPlan | None) -> None:
    if (run is None) == (plan is None):
        raise InvalidInput(field="run", reason=_("either a run or a plan"))
    if run is not None:
        if not TrainingRun.objects.visible_to(actor).filter(pk=run.pk).exists():
            raise NotFound
        if run.is_over:
            raise RunOver
    if plan is not None and not TrainingPlan.objects.visible_to(actor).filter(pk=plan.pk).exists():
        raise NotFound


@governed("alert.remove")
def alert_remove(*, actor: User, alert: MetricAlert) -> None:
    """Take one's own rule away."""
    allow(alert.owner_id == actor.pk)
    alerts.alert_remove(alert=alert)


@governed("run.watch")
def runs_watch(*, actor: User) -> int:
    """Tell of runs nobody hears of, and count figures anew that are in doubt; for the clock."""
    allow(is_clock(actor))
    told = alerts.silence_judge()
    series.series_recount()
    return told


@governed("run.tag")
def run_tags(*, actor: User, run: TrainingRun, tags: Mapping[str, str], gone: Sequence[str] = ()) -> None:
    """Set and remove tags, as a person. Raises NotPermitted, NotFound (one to remove that is not there),
    InvalidInput (a name kept for Gavel or MLflow), RunFull.
    """
    allow(permissions.may_note(actor, run))
    for key, value in tags.items():
        if one_line("key", key, LONGEST_KEY) != key or key.startswith(RESERVED):
            raise InvalidInput(field="key", reason=_("one line, not beginning with gavel. or mlflow."))
        if len(value) > LONGEST_VALUE or "\0" in value:
            most = {"longest": LONGEST_VALUE}
            raise InvalidInput(field="value", reason=_("at most %(longest)s characters") % most)
    if run.tags.filter(key__in=set(gone)).count() != len(set(gone)):
        raise NotFound
    outside.run_tag(actor=actor, run=run, tags=tags, gone=gone)
