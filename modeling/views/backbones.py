"""Pages of backbones: the list, one of them, registering one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from governance import panels
from governance.subject_ref import SubjectRef
from modeling import actions, forms, permissions, tables
from modeling.models import Backbone
from modeling.views.base import form_page, person, seen


@login_required
@require_GET
def backbones_page(request: HttpRequest) -> HttpResponse:
    form = forms.BackboneFilter(request.GET)
    rows = Backbone.objects.visible_to(person(request))
    if form.is_valid() and form.cleaned_data["q"]:
        q = form.cleaned_data["q"]
        rows = rows.filter(Q(name__icontains=q) | Q(licence__icontains=q))
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
    context = {
        "backbone": row,
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
        _("The backbone is registered under the digest of its files."),
        cancel_url=reverse("modeling:backbones"),
    )
