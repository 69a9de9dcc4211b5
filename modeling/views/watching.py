"""What a reader sets on a run's page: tags, and rules that tell them of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance.exceptions import DomainError
from modeling import forms, watching
from modeling.models import MetricAlert, TrainingRun
from modeling.views.base import acted, person, seen
from modeling.views.runs import page_context
from ui.csp import charts_allowed


def _run(request: HttpRequest, uid: str) -> TrainingRun:
    run: TrainingRun = seen(request, TrainingRun, uid, "plan__backbone", "requested_by")
    return run


@login_required
@require_POST
@charts_allowed
def run_tag(request: HttpRequest, uid: str) -> HttpResponse:
    run, form = _run(request, uid), forms.TagForm(request.POST)
    if not form.is_valid():
        return render(
            request, "modeling/run.html", {**page_context(request, run), "tag_form": form}, status=400
        )
    given = form.cleaned_data
    tags = {" ".join(given["key"].split()): given["value"]}
    act = lambda: watching.run_tags(actor=person(request), run=run, tags=tags)  # noqa: E731
    return acted(request, act, _("The tag is set."), run)


@login_required
@require_POST
def run_untag(request: HttpRequest, uid: str) -> HttpResponse:
    run, key = _run(request, uid), request.POST.get("key", "")
    act = lambda: watching.run_tags(actor=person(request), run=run, tags={}, gone=[key])  # noqa: E731
    return acted(request, act, _("The tag is removed."), run)


@login_required
@require_POST
@charts_allowed
def alert_set(request: HttpRequest, uid: str) -> HttpResponse:
    """A rule about this run, or about every run of its plan."""
    run, form = _run(request, uid), forms.AlertForm(request.POST)
    status = 400
    if form.is_valid():
        given = dict(form.cleaned_data)
        scope = {"plan": run.plan} if given.pop("every") else {"run": run}
        try:
            watching.alert_set(actor=person(request), **scope, **given)
        except DomainError as error:
            form.add_error(None, f"{error.text} {error.next_step}")
            status = error.status
        else:
            return acted(request, lambda: None, _("You will be told in your inbox."), run)
    return render(
        request, "modeling/run.html", {**page_context(request, run), "alert_form": form}, status=status
    )


@login_required
@require_POST
def alert_remove(request: HttpRequest, uid: str, alert: str) -> HttpResponse:
    """Take one's own rule away. Raises Http404."""
    run = _run(request, uid)
    rule = MetricAlert.objects.visible_to(person(request)).filter(uid=alert).select_related("owner").first()
    if rule is None:
        raise Http404
    act = lambda: watching.alert_remove(actor=person(request), alert=rule)  # noqa: E731
    return acted(request, act, _("The rule is gone."), run)
