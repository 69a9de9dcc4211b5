"""Pages of training plans: the list, one frozen plan with its runs, freezing one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import panels
from governance.exceptions import DomainError
from governance.permissions import may_write_standard
from governance.subject_ref import SubjectRef
from modeling import actions, contracting, forms, permissions, tables
from modeling.models import TrainingPlan
from modeling.selectors import job_kind_of, pages
from modeling.training.contracts import slug
from modeling.views.base import form_page, person, seen


@login_required
@require_GET
def plans_page(request: HttpRequest) -> HttpResponse:
    form = forms.PlanFilter(request.GET)
    rows: QuerySet[Any] = TrainingPlan.objects.visible_to(person(request))
    rows = rows.select_related("backbone", "created_by")
    if form.is_valid():
        rows = _filtered(rows, form.cleaned_data)
    context = {
        "filter": form,
        "page": tables.PLANS.page(request, rows),
        "may_plan": permissions.may_plan(person(request)),
    }
    return render(request, "modeling/plan_list.html", context)


def _filtered(rows: QuerySet[Any], wanted: dict[str, Any]) -> QuerySet[Any]:
    if wanted["q"]:
        rows = rows.filter(Q(name__icontains=wanted["q"]) | Q(purpose__icontains=wanted["q"]))
    for name in ("task", "method"):
        if wanted[name]:
            rows = rows.filter(**{name: wanted[name]})
    return rows


@login_required
@require_GET
def plan_page(request: HttpRequest, uid: str) -> HttpResponse:
    plan: TrainingPlan = seen(request, TrainingPlan, uid, "backbone", "created_by")
    ref = SubjectRef("training_plan", plan.uid, plan.digest)
    document = pages.plan_parts(plan)
    context = {
        "plan": plan,
        "task": tables.task_word(plan.task),
        "method": tables.method_word(plan.method),
        "job_kind": job_kind_of(plan.method) if document else "",
        "columns": _columns(document),
        "recipe": sorted(document.get("recipe", {}).items()),
        "options": sorted(document.get("options", {}).items()),
        "evaluation": sorted(document.get("evaluation", {}).items()),
        "document": json.dumps(document, indent=2, ensure_ascii=False) if document else plan.document,
        "broken": not document,
        "runs": tables.RUNS.page(request, pages.runs_of(person(request)).filter(plan=plan)),
        "may_draft": may_write_standard(person(request), None) and bool(document),
        "may_ask": permissions.may_ask_for_run(person(request)),
        "acts": panels.acts(request, "training_plan.acts", ref),
        "panels": panels.panels(request, "training_plan.panels", ref),
    }
    return render(request, "modeling/plan.html", context)


def _columns(document: dict[str, Any]) -> list[tuple[str, Any]]:
    text = document.get("text", {})
    single = [[text[name]] if text.get(name) else [] for name in ("label", "group")]
    found = [text.get("left", []), text.get("right", []), *single]
    words = (_("Left text"), _("Right text"), _("Label"), _("Group"))
    return [(word, tables.names(columns)) for word, columns in zip(words, found, strict=True)]


@login_required
@require_GET
def plan_contract(request: HttpRequest, uid: str) -> HttpResponse:
    """The data contract as a file."""
    plan: TrainingPlan = seen(request, TrainingPlan, uid)
    try:
        text = contracting.contract_text(plan)
    except DomainError as error:
        raise Http404 from error
    name = f'attachment; filename="data-{slug(plan.name)}.odcs.yaml"'
    return HttpResponse(text, content_type="application/yaml", headers={"Content-Disposition": name})


@login_required
@require_POST
def plan_contract_draft(request: HttpRequest, uid: str) -> HttpResponse:
    plan: TrainingPlan = seen(request, TrainingPlan, uid)
    try:
        version = contracting.contract_draft(actor=person(request), plan=plan)
    except DomainError as error:
        messages.error(request, f"{error.text} {error.next_step}")
        return redirect(plan)
    messages.success(request, _("A draft of the standard is there. Complete it, and propose it."))
    return redirect(version)


@login_required
def plan_new(request: HttpRequest) -> HttpResponse:
    given = {name: request.GET.get(name) for name in ("backbone", "version")}
    form = forms.PlanForm(person(request), request.POST or None, initial=given)
    return form_page(
        request,
        form,
        "modeling/plan_form.html",
        lambda: actions.plan_create(
            actor=person(request),
            name=form.cleaned_data["name"],
            backbone=form.cleaned_data["backbone"],
            document=form.document(),
            version=form.cleaned_data["version"],
        ),
        _("The plan is frozen under its digest. A change is another plan."),
        cancel_url=reverse("modeling:plans"),
    )
