"""Home, inbox and search. Fetch, context, render."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from console import selectors, tables
from governance import actions
from governance.views import person


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    found = selectors.home_of(person(request))
    context = {
        "home": found,
        "cases": tables.CASES.of(found.cases),
        "asked": tables.ASKED.of(found.asked),
        "short": tables.SHORT.of(found.short),
        "failing": tables.FAILING.of(found.failing),
        "incidents": tables.INCIDENTS.of(found.incidents),
        "runs": tables.RUNS.of(found.runs),
        "permits": tables.PERMITS.of(found.permits),
    }
    return render(request, "console/home.html", context)


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    page = tables.NOTICES.page(request, selectors.notices_of(person(request)))
    return render(request, "console/inbox.html", {"page": page})


@login_required
@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    actions.notices_mark_read(actor=person(request))
    return redirect("console:inbox")


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:200]
    context = {"text": text, "page": tables.HITS.of(selectors.search(person(request), text))}
    return render(request, "console/search.html", context)
