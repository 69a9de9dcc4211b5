"""Pages of searches over hyper-parameters: the list, one with its trials, beginning one, stopping one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from modeling import permissions, sweeps
from modeling.choices import SweepState
from modeling.models import Sweep
from modeling.selectors import sweeps as found_by
from modeling.selectors.pages import headline_of
from modeling.sweep_forms import SweepFilter, SweepForm
from modeling.sweep_tables import SWEEPS, TRIALS, best_chart, space_words, sweep_badge
from modeling.views.base import acted, form_page, person, seen


@login_required
@require_safe
def sweeps_page(request: HttpRequest) -> HttpResponse:
    form = SweepFilter(request.GET)
    rows = found_by.sweeps_of(person(request))
    if form.is_valid():
        wanted = form.cleaned_data
        if wanted["q"]:
            rows = rows.filter(Q(name__icontains=wanted["q"]) | Q(plan__name__icontains=wanted["q"]))
        if wanted["state"]:
            rows = rows.filter(state=wanted["state"])
    context = {
        "filter": form,
        "page": SWEEPS.page(request, rows),
        "may_ask": permissions.may_ask_for_run(person(request)),
    }
    return render(request, "modeling/sweep_list.html", context)


@login_required
def sweep_new(request: HttpRequest) -> HttpResponse:
    form = SweepForm(person(request), request.POST or None, initial={"plan": request.GET.get("plan")})

    def act() -> Sweep:
        data = form.cleaned_data
        return sweeps.sweep_begin(
            actor=person(request),
            plan=data["plan"],
            inputs=form.inputs(),
            space=form.space(),
            cpu_seconds=data["cpu_seconds"],
            trials=data["trials"],
            parallel=data["parallel"],
            seed=data["search_seed"],
            name=data["name"],
        )

    done = _("The search has begun with the plan as it is. The next trials follow by themselves.")
    cancel = reverse("modeling:sweeps")
    return form_page(request, form, "modeling/sweep_form.html", act, done, cancel_url=cancel)


@login_required
@require_safe
def sweep_page(request: HttpRequest, uid: str) -> HttpResponse:
    sweep: Sweep = seen(request, Sweep, uid, "plan__backbone", "requested_by")
    trials = list(found_by.trials_of(sweep))
    best = found_by.best_of(trials)
    metric = headline_of(sweep.plan)
    context: dict[str, Any] = {
        "sweep": sweep,
        "badge": sweep_badge(sweep),
        "metric": metric.upper(),
        "best": best,
        "trials": TRIALS.of(sorted(trials, key=lambda one: (one.value is None, -(one.value or 0.0)))),
        "asked": len(trials),
        "spent": sum(trial.run.cpu_seconds_used for trial in trials),
        "chart": best_chart(trials, metric),
        "space": space_words(sweep.space),
        "compare_url": f"{reverse('modeling:compare')}?runs={','.join(t.run.uid for t in trials)}",
        "may_stop": sweep.state == SweepState.RUNNING
        and (sweep.requested_by_id == person(request).pk or permissions.may_hurry(person(request))),
    }
    return render(request, "modeling/sweep.html", context)


@login_required
@require_POST
def sweep_stop(request: HttpRequest, uid: str) -> HttpResponse:
    sweep = seen(request, Sweep, uid, "plan")
    act = lambda: sweeps.sweep_stop(actor=person(request), sweep=sweep)  # noqa: E731
    return acted(request, act, _("The search is stopped. Trials under way end within seconds."), sweep)
