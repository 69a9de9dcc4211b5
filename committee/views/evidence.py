"""The evidence file on a page that prints: its cover with the hash, then every part with all of its data."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from committee import sealing, selectors
from committee.views.base import case_of


@login_required
@require_GET
def evidence_page(request: HttpRequest, uid: str) -> HttpResponse:
    case = case_of(request, uid)
    content = sealing.dossier_content(case)
    context = {
        "case": case,
        "cover": selectors.cover_of(case, content),
        "advice": selectors.advice_of(case, content),
        "evidence": selectors.evidence_rows(content["items"]),
    }
    return render(request, "committee/dossier.html", context)
