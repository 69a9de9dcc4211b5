"""Pages of training runs: the list, one run live, asking for one, stopping it, notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance.choices import JobState
from modeling import actions, charts, files, forms, permissions, tables
from modeling.models import ModelVersion, TrainingRun
from modeling.reasons import log_words, reason_words
from modeling.selectors import curves, pages, queue, series
from modeling.selectors.slices import slices_of
from modeling.slice_tables import SLICES
from modeling.views.base import acted, form_page, person, seen
from ui.csp import charts_allowed
from ui.htmx import STOP_POLLING, live

MOST_SHOWN = 200


@login_required
@require_GET
def runs_page(request: HttpRequest) -> HttpResponse:
    form = forms.RunFilter(request.GET)
    rows = pages.runs_of(person(request))
    if form.is_valid():
        rows = _filtered(rows, form.cleaned_data, person(request))
    page = tables.RUNS.page(request, rows)
    queue.place_all(page.items)
    context = {
        "filter": form,
        "page": page,
        "compare_url": _compare_url(page.items),
        "may_ask": permissions.may_ask_for_run(person(request)),
    }
    return render(request, "modeling/run_list.html", context)


def _compare_url(found: Sequence[TrainingRun]) -> str:
    return f"{reverse('modeling:compare')}?runs={','.join(run.uid for run in found)}"


def _filtered(rows: QuerySet[TrainingRun], wanted: dict[str, Any], user: Any) -> QuerySet[TrainingRun]:
    if wanted["q"]:
        rows = rows.filter(Q(name__icontains=wanted["q"]) | Q(plan__purpose__icontains=wanted["q"]))
    if wanted["state"]:
        rows = rows.filter(state=wanted["state"])
    if wanted["task"]:
        rows = rows.filter(plan__task=wanted["task"])
    if wanted["tag"]:
        rows = rows.filter(Exists(pages.tagged(wanted["tag"])))
    return rows.filter(requested_by=user) if wanted["mine"] else rows


@login_required
def run_new(request: HttpRequest) -> HttpResponse:
    given = request.GET
    initial = {"plan": given.get("plan"), "train": given.get("version"), "wait": True}
    form = forms.RunForm(person(request), request.POST or None, initial=initial)

    def act() -> TrainingRun:
        data = form.cleaned_data
        return actions.run_request(
            actor=person(request), plan=data["plan"], inputs=form.inputs(), cpu_seconds=data["cpu_seconds"],
            name=data["name"], wait=data["wait"], priority=int(data["priority"]),
            device_seconds=data["device_seconds"] or 0,
        )  # fmt: skip

    return form_page(
        request,
        form,
        "modeling/run_form.html",
        act,
        _("The run is asked for. It starts when permit and gate let it."),
        cancel_url=reverse("modeling:runs"),
    )


def _run(request: HttpRequest, uid: str) -> TrainingRun:
    run: TrainingRun = seen(request, TrainingRun, uid, "plan__backbone", "requested_by")
    return run


@login_required
@require_GET
@charts_allowed
def run_page(request: HttpRequest, uid: str) -> HttpResponse:
    return render(request, "modeling/run.html", page_context(request, _run(request, uid)))


def page_context(request: HttpRequest, run: TrainingRun) -> dict[str, Any]:
    user = person(request)
    document = pages.plan_parts(run.plan)
    return {
        **_head(run),
        **watched(user, run),
        **_scores(run),
        **_log(request, run),
        "inputs": pages.inputs_of(user, run),
        "permits": _permits(run),
        "document": document,
        "method": tables.method_word(run.plan.method),
        "task": tables.task_word(run.plan.task),
        "charts": charts.run_charts(run, document.get("recipe", {})),
        "outside": _outside(run),
        "metric_count": series.series_count(run),
        "compare_url": _compare_url([run, *pages.kin_of(user, run)]),
        "model": ModelVersion.objects.filter(run=run).first(),
        "notes_form": forms.NotesForm(initial={"notes": run.notes}),
        "may_stop": not run.is_over and permissions.may_stop(user, run),
        "priority_form": _priority_form(user, run),
        "may_note": permissions.may_note(user, run),
    }


def _priority_form(user: Any, run: TrainingRun) -> forms.PriorityForm | None:
    """For who may move the run, while it has not begun."""
    early = run.state in {JobState.WAITING, JobState.QUEUED} and not run.external
    if not early or not permissions.may_stop(user, run):
        return None
    return forms.PriorityForm(user, initial={"priority": run.priority})


def watched(user: Any, run: TrainingRun) -> dict[str, Any]:
    """Tags of the run and the reader's own rules about it, with their forms."""
    return {
        "tags": list(run.tags.all()[:MOST_SHOWN]),
        "tag_form": forms.TagForm(),
        "alerts": pages.alerts_of(user, run),
        "alert_form": forms.AlertForm(),
    }


def _outside(run: TrainingRun) -> dict[str, Any]:
    """What a client of a run outside sent beside its curves."""
    if not run.external:
        return {}
    params = [(param.key, param.value) for param in run.params.all()[:MOST_SHOWN]]
    return {"params": params, "files": files.every(run, MOST_SHOWN)}


def _head(run: TrainingRun) -> dict[str, Any]:
    silent = pages.silent_for(run)
    queue.place_all([run])
    return {
        "run": run,
        "badge": tables.job_badge(run),
        "reason": reason_words(run.reason, run.reason_detail) if run.state != JobState.SUCCEEDED else None,
        "tone": "bad" if run.state == JobState.FAILED else "warn",
        "silent": int(silent.total_seconds()) if silent is not None else None,
        "stopping": run.cancel_requested_at is not None and not run.is_over,
    }


def _scores(run: TrainingRun) -> dict[str, Any]:
    """The first metric of the task with its drawings, the other ones below."""
    found = pages.score_lines(run)
    if not found:
        return {"scored": False}
    metric, lines = next(iter(found.items()))
    trend = run.result.get("evaluation", {}).get("trend") or {}
    others = [
        (charts.metric_word(name), tables.SCORES.of(rows)) for name, rows in found.items() if name != metric
    ]
    return {
        "scored": True,
        "metric": charts.metric_word(metric),
        "scores": tables.SCORES.of(lines),
        "other_scores": others,
        "score_charts": [
            c for c in (charts.score_chart(metric, lines), charts.gain_chart(metric, lines)) if c
        ],
        "slices": SLICES.of(slices_of(run)),
        "trend": trend,
        "trend_chart": charts.trend_chart(trend),
        "bootstrap": run.result.get("evaluation", {}).get("bootstrap", {}),
    }


def _log(request: HttpRequest, run: TrainingRun) -> dict[str, Any]:
    form = forms.LogFilter(request.GET)
    q = form.cleaned_data["log"] if form.is_valid() else ""
    lines, total = pages.log_lines(run, q)
    return {
        "log_form": form,
        "log_words": q,
        "log": [(line, log_words(line.code, line.facts)) for line in lines],
        "log_total": total,
    }


def _permits(run: TrainingRun) -> list[tuple[pages.PermitLine, Any]]:
    return [(line, tables.permit_badge(line.status, line.authentic)) for line in pages.permits_of(run)]


@login_required
@require_GET
def run_progress(request: HttpRequest, uid: str) -> HttpResponse:
    """The state part, asked for every two seconds; when the run is over the page loads itself anew."""
    run = _run(request, uid)
    response = render(request, "modeling/parts/progress.html", _head(run))
    if run.is_over:
        response.status_code = STOP_POLLING
        response.headers["HX-Refresh"] = "true"
    return response


@login_required
@require_GET
def run_points(request: HttpRequest, uid: str) -> HttpResponse:
    """New points of the page's charts after a cursor: 200, 204 when there are none, 286 with the last
    ones.
    """
    run = _run(request, uid)
    text = request.GET.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 19 else 0
    found = curves.live_points(run, charts.live_keys(run), after)
    more = len(found.points) > 0
    finished = run.is_over and found.cursor == curves.last_point(run)
    return live(
        {"cursor": found.cursor, "points": found.points, "axes": found.axes}, new=more, finished=finished
    )


@login_required
@require_POST
def run_cancel(request: HttpRequest, uid: str) -> HttpResponse:
    run = _run(request, uid)
    done = _("The run is asked to stop; it writes a checkpoint first.")
    return acted(request, lambda: actions.run_cancel(actor=person(request), run=run), done, run)


@login_required
@require_POST
def run_prioritise(request: HttpRequest, uid: str) -> HttpResponse:
    run, form = _run(request, uid), forms.PriorityForm(person(request), request.POST)
    if not form.is_valid():
        return render(
            request, "modeling/run.html", {**page_context(request, run), "priority_form": form}, status=400
        )
    priority = form.cleaned_data["priority"]
    act = lambda: actions.run_prioritise(actor=person(request), run=run, priority=priority)  # noqa: E731
    return acted(request, act, _("The run has another place in the queue."), run)


@login_required
@require_POST
def run_note(request: HttpRequest, uid: str) -> HttpResponse:
    run, form = _run(request, uid), forms.NotesForm(request.POST)
    if not form.is_valid():
        return render(
            request, "modeling/run.html", {**page_context(request, run), "notes_form": form}, status=400
        )
    notes = form.cleaned_data["notes"]
    act = lambda: actions.run_note(actor=person(request), run=run, notes=notes)  # noqa: E731
    return acted(request, act, _("The notes are kept."), run)
