"""The engine's input of a case as a file."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from committee import selectors
from committee.exceptions import CaseSealed
from committee.views.base import case_of
from governance.record.canonical import canonical_bytes


@login_required
@require_GET
@never_cache
def input_file(request: HttpRequest, uid: str) -> HttpResponse:
    """For `manage.py tally`, on any machine."""
    case = case_of(request, uid)
    try:
        document = selectors.case_input(case)
    except CaseSealed as error:
        messages.error(request, f"{error.text} {error.next_step}")
        return redirect(case)
    return HttpResponse(
        canonical_bytes(document),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{case.number}.input.json"'},
    )
