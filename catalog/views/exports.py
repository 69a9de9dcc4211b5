"""Rows taken away as a file: a POST, written in the ledger and as a use of its permit before it is read."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from catalog import forms, reading
from catalog.models import DatasetVersion
from catalog.views.base import person
from catalog.views.versions import version_context, version_seen
from governance.exceptions import DomainError


def export_name(version: DatasetVersion) -> str:
    return f"{version.dataset.name}-v{version.number}.csv"


@login_required
@require_POST
def version_export(request: HttpRequest, uid: str) -> HttpResponseBase:
    version = version_seen(request, uid)
    context = version_context(request, version)
    form = forms.ExportForm(request.POST, permitted=context["export_purposes"])
    if not form.is_valid():
        return _shown(request, context | {"export": form}, 400)
    try:
        file = reading.version_export(actor=person(request), version=version, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, f"{error.text} {error.next_step}")
        return _shown(request, context | {"export": form}, error.status)
    return FileResponse(file, as_attachment=True, filename=export_name(version), content_type="text/csv")


def _shown(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    return render(request, "catalog/version.html", context, status=status)
