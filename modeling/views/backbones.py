"""Pages of backbones: the list, one of them with its check, registering one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import panels
from governance.subject_ref import SubjectRef
from modeling import actions, forms, permissions, tables
from modeling.choices import BackboneState
from modeling.models import Backbone
from modeling.reasons import reason_words
from modeling.selectors.guide import inference_memory
from modeling.training.inspecting import PROVEN
from modeling.views.base import acted, form_page, person, seen


@login_required
@require_GET
def backbones_page(request: HttpRequest) -> HttpResponse:
    form = forms.BackboneFilter(request.GET)
    rows = Backbone.objects.visible_to(person(request))
    if form.is_valid():
        q, state = form.cleaned_data["q"], form.cleaned_data["state"]
        rows = rows.filter(Q(name__icontains=q) | Q(licence__icontains=q)) if q else rows
        rows = rows.filter(state=state) if state else rows
    context = {
        "filter": form,
        "page": tables.BACKBONES.page(request, rows),
        "may_register": permissions.may_register_backbone(person(request)),
    }
    return render(request, "modeling/backbone_list.html", context)


@login_required
@require_GET
def backbone_page(request: HttpRequest, uid: str) -> HttpResponse:
    row: Backbone = seen(request, Backbone, uid)
    plans = row.plans.select_related("backbone", "created_by")
    last = row.checks.order_by("-id").first()
    failed = last.reason if last is not None and last.is_over else ""
    context = {
        "backbone": row,
        "badge": tables.backbone_badge(row),
        "parameters": tables.count_word(row.parameters),
        "proven": row.architecture in PROVEN,
        "inference": inference_memory(row),
        "needs": tables.needs(row) if row.parameters else [],
        "running": last if last is not None and not last.is_over else None,
        "progress_url": reverse("modeling:backbone_progress", args=[uid]),
        "reason": reason_words(row.reason or failed, row.reason_detail),
        "may_check": permissions.may_register_backbone(person(request)),
        "may_plan": permissions.may_plan(person(request)) and row.state == BackboneState.CHECKED,
        "plans": tables.PLANS.page(request, plans),
        "panels": panels.panels(request, "backbone.panels", SubjectRef("backbone", row.uid, row.digest)),
    }
    return render(request, "modeling/backbone.html", context)


@login_required
def backbone_new(request: HttpRequest) -> HttpResponse:
    form = forms.BackboneForm(request.POST or None)
    return form_page(
        request,
        form,
        "modeling/backbone_form.html",
        lambda: actions.backbone_register(actor=person(request), **form.cleaned_data),
        _("The backbone is recorded; its files are being checked."),
        cancel_url=reverse("modeling:backbones"),
    )


@login_required
@require_POST
def backbone_check(request: HttpRequest, uid: str) -> HttpResponse:
    row: Backbone = seen(request, Backbone, uid)
    return acted(
        request,
        lambda: actions.backbone_check(actor=person(request), backbone=row),
        _("Its files are being checked."),
        row,
    )


@login_required
@require_GET
def backbone_progress(request: HttpRequest, uid: str) -> HttpResponse:
    """The moving part of a check; it reloads the page at the end."""
    row: Backbone = seen(request, Backbone, uid)
    last = row.checks.order_by("-id").first()
    if last is None or last.is_over:
        return HttpResponse(status=286, headers={"HX-Refresh": "true"})
    url = reverse("modeling:backbone_progress", args=[uid])
    return render(request, "modeling/parts/look.html", {"job": last, "progress_url": url})
