"""The page of a committee's calendar: a year by month, its country, and single days."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from committee import actions, calendars, selectors
from committee.forms.calendar import CalendarDayForm, CalendarForm
from committee.models import Committee
from committee.permissions import may_keep_calendar
from committee.views.base import person
from governance.exceptions import DomainError


def _committee(request: HttpRequest) -> Committee:
    found = selectors.committee_of(request.GET.get("committee", "").replace("\x00", ""))
    if found is None:
        raise Http404
    return found


def _page_of(committee: Committee) -> str:
    return f"{reverse('committee:calendar')}?committee={committee.code}"


@login_required
@require_GET
def calendar_page(request: HttpRequest) -> HttpResponse:
    return _response(request, _committee(request))


def _response(request: HttpRequest, committee: Committee, status: int = 200, **forms: Any) -> HttpResponse:
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else None
    first = CalendarForm.first_values(committee)
    context = {
        "view": selectors.calendar_view(committee, year),
        "committee": committee,
        "may_keep": may_keep_calendar(person(request), committee),
        "settings_form": forms.get("settings") or CalendarForm(initial=first, prefix="c"),
        "day_form": forms.get("day") or CalendarDayForm(prefix="d"),
    }
    return render(request, "committee/calendar.html", context, status=status)


@login_required
@require_POST
def calendar_update(request: HttpRequest) -> HttpResponse:
    """Country, zone and weekend; own days stay as they are."""
    committee = _committee(request)
    form = CalendarForm(request.POST, prefix="c")
    if not form.is_valid():
        return _response(request, committee, 400, settings=form)
    source = calendars.source_of(committee.calendar, committee.calendar_source)
    own = {name: getattr(source, name) for name in ("added_holidays", "added_workdays", "removed")}
    try:
        actions.calendar_update(actor=person(request), committee=committee, **form.cleaned_data, **own)
    except DomainError as error:
        form.add_error(None, f"{error.text} {error.next_step}")
        return _response(request, committee, error.status, settings=form)
    messages.success(request, _("The calendar is changed; running cases keep the one they started with."))
    return redirect(_page_of(committee))


@login_required
@require_POST
def calendar_day(request: HttpRequest) -> HttpResponse:
    """Set one day."""
    committee = _committee(request)
    form = CalendarDayForm(request.POST, prefix="d")
    if not form.is_valid():
        return _response(request, committee, 400, day=form)
    day = form.cleaned_data["day"]
    try:
        actions.calendar_day_set(
            actor=person(request),
            committee=committee,
            day=day.isoformat(),
            what=form.cleaned_data["what"],
        )
    except DomainError as error:
        form.add_error(None, f"{error.text} {error.next_step}")
        return _response(request, committee, error.status, day=form)
    messages.success(request, _("The day is set; running cases keep the calendar they started with."))
    return redirect(f"{_page_of(committee)}&year={day.year}")
