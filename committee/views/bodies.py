"""The page of the standing body."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from committee import selectors


@login_required
@require_GET
def committee_page(request: HttpRequest) -> HttpResponse:
    body = selectors.committee()
    if body is None:
        return render(request, "committee/not_founded.html")
    context = {"view": selectors.committee_view(body), "body": body, "glass": selectors.glass_live()}
    return render(request, "committee/committee.html", context)
