"""Home, inbox and search. Fetch, context, render."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from console import forms, selectors, tables
from console import inbox as inboxes
from governance import actions, registry
from governance.notices import rows_for
from governance.subject_ref import SubjectRef
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
        "asleep": tables.ASLEEP.of(found.asleep),
        "failing": tables.FAILING.of(found.failing),
        "incidents": tables.INCIDENTS.of(found.incidents),
        "runs": tables.RUNS.of(found.runs),
        "permits": tables.PERMITS.of(found.permits),
    }
    return render(request, "console/home.html", context)


@login_required
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """Messages by subject; with `?subject=`, every one about it."""
    user = person(request)
    subject = inboxes.subject_named(request.GET.get("subject", ""))
    form = forms.InboxFilter(request.GET, kinds=inboxes.kinds_in(user))
    page = _about(request, subject) if subject else _groups(request, form)
    context = {
        "page": page,
        "filter": form,
        "subject": subject,
        "title": registry.title_of(subject) if subject and registry.known_to(user, [subject]) else "",
    }
    return render(request, "console/inbox.html", context)


def _groups(request: HttpRequest, form: forms.InboxFilter) -> Any:
    user, wanted = person(request), form.cleaned_data if form.is_valid() else {}
    rows = inboxes.inbox_groups(user, unread=bool(wanted.get("unread")), kind=wanted.get("kind", ""))
    table = tables.inbox_table(get_token(request), reverse("console:inbox_read"))
    return replace(table, present=lambda groups: inboxes.groups_shown(user, groups)).page(request, rows)


def _about(request: HttpRequest, subject: SubjectRef) -> Any:
    user = person(request)
    table = tables.notices_table(get_token(request), reverse("console:inbox_read"))
    shown = replace(table, present=lambda found: rows_for(user, found))
    return shown.page(request, inboxes.notices_about(user, subject))


@login_required
@require_POST
def inbox_read(request: HttpRequest) -> HttpResponse:
    """Mark one message, all about a subject, or all as read, and go back to where that was asked."""
    uid, named = request.POST.get("uid", "")[:64], request.POST.get("subject", "")
    subject = inboxes.subject_named(named)
    if named and subject is None:
        raise BadRequest
    actions.notices_mark_read(actor=person(request), uid=uid, subject=subject)
    return redirect("console:inbox")


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:200]
    context = {"text": text, "page": tables.HITS.of(selectors.search(person(request), text))}
    return render(request, "console/search.html", context)
