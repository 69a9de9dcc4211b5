"""How searches are shown: the list, the trials, the best so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from modeling.choices import SWEEP_TONES, SweepState
from modeling.models import Sweep, SweepTrial
from modeling.tables import job_badge
from ui import marks, words
from ui.charts import Chart, Series, lines
from ui.tables import Column, Empty, Table


def sweep_badge(sweep: Sweep) -> Any:
    return marks.badge(SWEEP_TONES[sweep.state], SweepState(sweep.state).label)


SWEEPS = Table(
    label=pgettext_lazy("hyper-parameters", "Searches"),
    columns=(
        Column(
            pgettext_lazy("hyper-parameters", "Search"),
            "name",
            link=lambda sweep: sweep.get_absolute_url(),
            sub=lambda sweep: ", ".join(sweep.space),
            sort="name",
        ),
        Column(_("Plan"), "plan.name", wide=True),
        Column(_("Trials"), "trials_asked", kind="number", sort="trials_asked"),
        Column(_("By"), lambda sweep: str(sweep.requested_by), kind="person", wide=True),
        Column(_("Asked"), "created_at", kind="ago", sort="created_at"),
        Column(_("State"), sweep_badge, end=True, sort="state"),
    ),
    empty=Empty(
        _("No search fits this filter"),
        _("A search tries values of a plan under one permit. Open a plan to begin one."),
        icon="telescope",
    ),
    default_sort="-created_at",
)

TRIALS = Table(
    label=_("Trials"),
    columns=(
        Column(
            _("Trial"),
            lambda trial: f"#{trial.number}",
            link=lambda trial: trial.run.get_absolute_url(),
            fit=True,
        ),
        Column(_("Values"), lambda trial: values_words(trial.values)),
        Column(_("Validation rows"), "value", kind="number", decimals=4),
        Column(_("CPU time"), lambda trial: words.duration(trial.run.cpu_seconds_used), wide=True, fit=True),
        Column(_("State"), lambda trial: job_badge(trial.run), end=True),
    ),
    empty=Empty(_("No trial yet"), _("The first is the plan as it is."), icon="telescope"),
)


def values_words(values: Mapping[str, Any]) -> str:
    """`learning_rate 0.0003, batch_size 32`; the plan itself has none of its own."""
    if not values:
        return gettext("the plan as it is")
    return ", ".join(f"{key.partition('.')[2]} {_plain(value)}" for key, value in sorted(values.items()))


def space_words(space: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each key with its range or choices."""
    found = []
    for key, part in space.items():
        if "choices" in part:
            found.append((key, ", ".join(_plain(value) for value in part["choices"])))
        else:
            log = gettext("logarithmic") if part["log"] else ""
            found.append((key, f"{_plain(part['low'])} – {_plain(part['high'])} {log}".rstrip()))
    return found


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def best_chart(trials: Sequence[SweepTrial], metric: str) -> Chart | None:
    """Every trial's value and the best up to it; None before the first."""
    scored = [(trial.number, trial.value) for trial in trials if trial.value is not None]
    if not scored:
        return None
    best = [max(value for _number, value in scored[: at + 1]) for at in range(len(scored))]
    numbers = [number for number, _value in scored]
    series = [
        Series(gettext("best so far"), numbers, best),
        Series(gettext("trial"), numbers, [value for _number, value in scored], role=2),
    ]
    title = gettext("%(metric)s on the validation rows") % {"metric": metric.upper()}
    caption = gettext(
        "one point per trial; chosen on validation rows, so the best is flattered by the choice"
    )
    return lines("trials", title, series, caption=caption, x_title=gettext("trial"))
