"""The page of the standing body."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from committee import selectors


@login_required
@require_GET
def committee_page(request: HttpRequest) -> HttpResponse:
    code = request.GET.get("committee", "")
    bodies = selectors.committees()
    if not bodies:
        return render(request, "committee/not_founded.html")
    body = next((row for row in bodies if row.code == code), None) if code else bodies[0]
    if body is None:
        raise Http404
    context = {
        "view": selectors.committee_view(body),
        "body": body,
        "others": [row for row in bodies if row != body],
        "glass": selectors.glass_live(),
    }
    return render(request, "committee/committee.html", context)
