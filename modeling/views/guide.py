"""The page "which backbone for my data": what was measured of a version, and asking for a measurement."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog.models import DatasetVersion
from modeling import actions, forms, permissions, tables
from modeling.models import BackboneGuide
from modeling.reasons import reason_words
from modeling.selectors import fitting, guide
from modeling.views.base import acted, person, seen


@login_required
@require_GET
def guide_page(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = forms.GuideFilter(user, request.GET or None, initial={"method": "full"})
    version = form.cleaned_data["version"] if form.is_valid() else None
    method = (form.cleaned_data.get("method") if form.is_valid() else "") or "full"
    context: dict[str, Any] = {"filter": form, "version": version, "method": tables.method_word(method)}
    if version is not None:
        context |= _measured(request, version, method)
    return render(request, "modeling/guide.html", context)


def _measured(request: HttpRequest, version: DatasetVersion, method: str) -> dict[str, Any]:
    """The newest finished measurement beside the newest of all, which may be under way or have failed."""
    user = person(request)
    last, done = guide.newest(version), fitting.guide_of_version(version)
    failed = last is not None and last.is_over and last.reason and last.pk != (done.pk if done else None)
    return {
        "guide": done,
        "running": last if last is not None and not last.is_over else None,
        "reason": reason_words(last.reason, last.reason_detail) if last is not None and failed else None,
        "page": tables.GUIDE.page(request, guide.guide_lines(user, version, done, method)),
        "form": forms.GuideForm(initial=_asked(done)),
        "may_measure": permissions.may_measure(user),
        "may_plan": permissions.may_plan(user),
    }


def _asked(done: BackboneGuide | None) -> dict[str, Any]:
    return {"columns": ", ".join(done.columns), "max_length": done.max_length} if done else {}


@login_required
@require_POST
def guide_measure(request: HttpRequest) -> HttpResponse:
    """Ask for a measurement of the version named in the form."""
    version: DatasetVersion = seen(request, DatasetVersion, request.POST.get("version", ""), "dataset")
    form = forms.GuideForm(request.POST)
    back = f"{reverse('modeling:guide')}?{urlencode({'version': version.uid})}"
    if not form.is_valid():
        context = {"version": version, "filter": forms.GuideFilter(person(request), {"version": version.uid})}
        context |= _measured(request, version, "full") | {"form": form}
        return render(request, "modeling/guide.html", context, status=400)
    return acted(
        request,
        lambda: actions.guide_measure(actor=person(request), version=version, **form.cleaned_data),
        _("The measurement is asked for; the page shows it when it is done."),
        back,
    )


@login_required
@require_GET
def guide_progress(request: HttpRequest, uid: str) -> HttpResponse:
    """The moving part of the page; it reloads the page at the end."""
    running: BackboneGuide = seen(request, BackboneGuide, uid)
    if running.is_over:
        return HttpResponse(status=286, headers={"HX-Refresh": "true"})
    url = reverse("modeling:guide_progress", args=[uid])
    return render(request, "modeling/parts/look.html", {"job": running, "progress_url": url})
