"""The page of what is stuck and of cases that sleep."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from committee import selectors, tables
from committee.permissions import may_watch
from committee.views.base import person


@login_required
@require_GET
def watchdog_page(request: HttpRequest) -> HttpResponse:
    user = person(request)
    if not may_watch(user):
        raise PermissionDenied
    context = {
        "stuck": tables.STUCK.of(selectors.watchdog()),
        "asleep": tables.ASLEEP.page(request, selectors.asleep(selectors.case_list(user))),
        "days": settings.GAVEL_SLEEPING_DAYS,
    }
    return render(request, "committee/watchdog.html", context)
