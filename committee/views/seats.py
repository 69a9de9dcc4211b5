"""The seats of a committee: who sits where, what is vacant, what is thin; and giving up one's own."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from committee import actions, selectors
from committee.forms.seats import ResignForm, SeatFilter
from committee.models import Committee
from committee.selectors import PlaceRow
from committee.tables.seats import FORMER, PLACES
from committee.views.base import person
from governance.exceptions import DomainError


@login_required
@require_GET
def seats_page(request: HttpRequest) -> HttpResponse:
    """Of the first committee, or of the one `?committee=` names."""
    body = selectors.committee_of(request.GET.get("committee", "").replace("\x00", ""))
    if body is None:
        return render(request, "committee/not_founded.html")
    form = SeatFilter(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {"q": "", "show": ""}
    rows = selectors.places(body)
    former, user = wanted["show"] == "former", person(request)
    context = {
        "body": body,
        "filter": form,
        "findings": selectors.composition_findings(body, rows),
        "page": _former(request, body, wanted["q"]) if former else PLACES.page(request, _shown(rows, wanted)),
        "held": sum(not row.vacant for row in rows),
        "places": len(rows),
        "vacant": sum(row.vacant for row in rows),
        "ending": sum(row.ending for row in rows),
        "mine": [seat for row in rows for seat in (row.seat, row.next) if seat and seat.member_id == user.pk],
    }
    return render(request, "committee/seats.html", context)


def _former(request: HttpRequest, body: Committee, q: str) -> Any:
    named = Q(code__icontains=q) | Q(member__name__icontains=q) | Q(member__name_zh__icontains=q)
    return FORMER.page(request, selectors.former_seats(body).filter(named))


def _shown(rows: list[PlaceRow], wanted: dict[str, Any]) -> list[PlaceRow]:
    q, show = wanted["q"].casefold(), wanted["show"]
    kept = {"vacant": "vacant", "ending": "ending", "away": "absent"}.get(show)
    return [row for row in rows if (not kept or getattr(row, kept)) and (not q or q in _words(row))]


def _words(row: PlaceRow) -> str:
    """What the search reads of a place."""
    named = [row.seat.member, row.seat.team] if row.seat else []
    names = [f"{one.name} {one.name_zh}" for one in named if one is not None]
    return " ".join((row.place, *row.functions, *names)).casefold()


@login_required
def seat_resign(request: HttpRequest, uid: str) -> HttpResponse:
    """What follows from giving up the seat, a reason, one button."""
    seat = selectors.seat_of(person(request), uid)
    if seat is None:
        raise Http404
    form = ResignForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.seat_resign(actor=person(request), seat=seat, **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, _("Your seat has ended; running cases go on without it."))
                return redirect("committee:seats")
    running = selectors.cases_counting_on(seat)
    return render(
        request, "committee/seat_resign.html", {"form": form, "seat": seat, "cases": running}, status=status
    )
