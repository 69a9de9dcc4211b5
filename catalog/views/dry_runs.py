"""Trying a standard out from its page."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog import actions
from catalog.forms import DryRunForm
from catalog.models import DatasetVersion
from catalog.views.base import person, refused, seen
from governance.exceptions import DomainError
from governance.models import StandardVersion
from governance.permissions import may_write_standard


@login_required
@require_POST
def dry_run(request: HttpRequest, uid: str) -> HttpResponse:
    """Ask for a dry run of a version of a standard, and go back to where its results will stand."""
    user = person(request)
    law = StandardVersion.objects.visible_to(user).select_related("standard").filter(uid=uid).first()
    if law is None:
        raise Http404
    chosen = seen(request, DatasetVersion, request.POST.get("version", ""), "dataset__standard")
    objects = sorted(set(law.rules.values_list("object_name", flat=True)))
    form = DryRunForm(request.POST, versions=[chosen], objects=objects)
    editing = law.status == "draft" and may_write_standard(user, law.standard)
    back = redirect("governance:draft", law.uid) if editing else redirect(law)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return back
    given = form.cleaned_data
    try:
        actions.validation_dry_run(
            actor=user,
            version=chosen,
            standard_version=law,
            object_name=given.get("object_name", ""),
            rows=None if given["whole"] else given["rows"],
        )
    except DomainError as error:
        refused(request, error)
    else:
        messages.success(request, _("The dry run is queued; this page follows it."))
    return back
