"""My seat, the register of standing facts, and the forms by which they begin and end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from committee import actions, permissions, selectors
from committee.forms import EmptyForm
from committee.forms.standing import AbsenceForm, DelegationForm, RegisterFilter, StandingConflictForm
from committee.models import Seat
from committee.tables.standing import ABSENCES, CONFLICTS, DELEGATIONS, scope_words, standing_badge
from committee.views.base import person
from governance import registry
from governance.exceptions import DomainError
from governance.subject_ref import SubjectRef
from ui.tables import BoundTable

MINE = "committee:my_seat"
LISTED = 50


@login_required
@require_GET
def my_seat_page(request: HttpRequest) -> HttpResponse:
    user = person(request)
    own = selectors.not_over(selectors.conflicts(user).filter(member=user))[:LISTED]
    context = {
        "seats": [_seat_shown(mine) for mine in selectors.my_seats(user)],
        "conflicts": [
            (line, standing_badge(line.conflict), permissions.may_end_conflict(user, line.conflict))
            for line in selectors.conflict_lines(list(own), user)
        ],
        "reads_register": permissions.sees_standing(user),
    }
    return render(request, "committee/my_seat.html", context)


def _seat_shown(mine: selectors.MySeat) -> dict[str, Any]:
    """One's seat with its standing facts, each with its badge and what it is limited to."""
    return {
        "seat": mine.seat,
        "holds": mine.holds,
        "absences": [(row, standing_badge(row)) for row in mine.absences],
        "given": [(row, standing_badge(row), scope_words(row)) for row in mine.given],
        "held": [(row, standing_badge(row), scope_words(row)) for row in mine.held],
    }


@login_required
@require_GET
def register_page(request: HttpRequest) -> HttpResponse:
    """Absences, delegations or conflicts; members read all of them, others their own."""
    form = RegisterFilter(request.GET)
    wanted: dict[str, Any] = {"q": "", "kind": "", "over": False}
    if form.is_valid():
        wanted = form.cleaned_data
    kind = str(wanted["kind"] or "delegation")
    context = {"filter": form, "page": _REGISTERS[kind](request, wanted)}
    return render(request, "committee/standing_register.html", context)


def _running(rows: QuerySet[Any], wanted: dict[str, Any], *names: str) -> QuerySet[Any]:
    """Those that are not over, unless asked for; and of the name searched."""
    if not wanted["over"]:
        rows = selectors.not_over(rows)
    if not wanted["q"]:
        return rows
    found = Q()
    for name in names:
        found |= Q(**{f"{name}__icontains": wanted["q"]})
    return rows.filter(found)


def _absences(request: HttpRequest, wanted: dict[str, Any]) -> BoundTable:
    rows = selectors.absences(person(request))
    found = _running(rows, wanted, "seat__code", "seat__member__name", "seat__member__name_zh")
    return ABSENCES.page(request, found)


def _delegations(request: HttpRequest, wanted: dict[str, Any]) -> BoundTable:
    names = (
        "principal__code",
        "principal__member__name",
        "principal__member__name_zh",
        "delegate__member__name",
    )
    return DELEGATIONS.page(request, _running(selectors.delegations(person(request)), wanted, *names))


def _conflicts(request: HttpRequest, wanted: dict[str, Any]) -> BoundTable:
    user = person(request)
    rows = _running(selectors.conflicts(user), wanted, "member__name", "member__name_zh", "reason")
    table = replace(CONFLICTS, present=lambda found: selectors.conflict_lines(found, user))
    return table.page(request, rows)


_REGISTERS = {"absence": _absences, "delegation": _delegations, "conflict": _conflicts}


def record_response(
    request: HttpRequest,
    form: django_forms.Form,
    act: Callable[[], Any],
    done: str,
    back: str,
    **words: Any,
) -> HttpResponse:
    """A form page that carries out one act: what follows, the fields, one button; errors stay in the form."""
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                act()
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, done)
                return redirect(back)
    context = {"form": form, "cancel_url": back, **words}
    return render(request, "committee/record.html", context, status=status)


def _seat_for(request: HttpRequest, uid: str) -> Seat:
    """A seat one may declare an absence of: one's own, or as secretary another's. Raises Http404."""
    rows = Seat.objects.standing().select_related("committee__secretary", "member")
    seat = rows.filter(uid=uid.replace("\x00", "")).first()
    if seat is None or not permissions.may_declare_absence(person(request), seat):
        raise Http404
    return seat


@login_required
def absence_new(request: HttpRequest, uid: str) -> HttpResponse:
    seat = _seat_for(request, uid)
    form = AbsenceForm(request.POST or None)
    return record_response(
        request,
        form,
        lambda: actions.absence_declare(actor=person(request), seat=seat, **form.cleaned_data),
        _("The absence is recorded."),
        reverse(MINE),
        title=_("Declare an absence"),
        lede=f"{seat.member} · {seat.code}",
        follows=_(
            "While away the member does not preside and casts no proxy ballot. Their own ballot still counts."
        ),
        verb=_("Record the absence"),
    )


@login_required
def absence_end(request: HttpRequest, uid: str) -> HttpResponse:
    rows = selectors.absences(person(request))
    row = rows.filter(uid=uid).first()
    if row is None:
        raise Http404
    return _end(request, lambda: actions.absence_end(actor=person(request), absence=row), str(row))


@login_required
def delegation_new(request: HttpRequest, uid: str) -> HttpResponse:
    seat = next((s for s in selectors.seats_of(person(request)) if s.uid == uid), None)
    if seat is None:
        raise Http404
    form = DelegationForm(request.POST or None, seat=seat)
    return record_response(
        request,
        form,
        lambda: actions.delegation_give(actor=person(request), principal=seat, **form.cleaned_data),
        _("The delegation is recorded, and the delegate is told."),
        reverse(MINE),
        title=_("Let another member vote for me"),
        lede=f"{seat.member} · {seat.code}",
        follows=_(
            "Your own ballot always overrides theirs. It cannot be passed on, and nobody can recuse for you."
        ),
        verb=_("Give the delegation"),
    )


@login_required
def delegation_end(request: HttpRequest, uid: str) -> HttpResponse:
    row = selectors.delegations(person(request)).filter(uid=uid).first()
    if row is None:
        raise Http404
    return _end(request, lambda: actions.delegation_end(actor=person(request), delegation=row), str(row))


@login_required
def conflict_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    ref = _named(request)
    form = StandingConflictForm(request.POST or None, user=user, others=permissions.keeps_any_files(user))
    return record_response(
        request,
        form,
        lambda: actions.conflict_register(
            actor=user,
            member=form.cleaned_data["member"],
            last=form.cleaned_data["last"],
            subjects=[ref.id] if ref else [],
            parties=form.parties(),
            reason=form.cleaned_data["reason"],
        ),
        _("The conflict is recorded."),
        reverse(MINE),
        title=_("Declare a standing conflict of interest"),
        lede=registry.title_of(ref) if ref else "",
        follows=_(
            "The person is barred from every case about it from now on, undecided ones as well. When it ends,"
            " they stay barred from those."
        ),
        verb=_("Record the conflict"),
    )


def _named(request: HttpRequest) -> SubjectRef | None:
    """The thing the form was opened from. Raises Http404 for one the reader may not know."""
    kind, uid = request.GET.get("kind", ""), request.GET.get("id", "")
    if not kind and not uid:
        return None
    known = registry.kind_of(kind) if kind in selectors.CONFLICT_KINDS else None
    if known is None or "\x00" in uid or not known.visible(request.user, uid):
        raise Http404
    return SubjectRef(kind, uid)


@login_required
def conflict_end(request: HttpRequest, uid: str) -> HttpResponse:
    row = selectors.conflicts(person(request)).filter(uid=uid).first()
    if row is None:
        raise Http404
    return _end(request, lambda: actions.conflict_end(actor=person(request), conflict=row), str(row))


def _end(request: HttpRequest, act: Callable[[], Any], what: str) -> HttpResponse:
    return record_response(
        request,
        EmptyForm(request.POST if request.method == "POST" else None),
        act,
        _("It ends with today."),
        reverse(MINE),
        title=_("End it with today?"),
        lede=what,
        follows=_("It holds until the end of today. What has not begun yet never does."),
        verb=_("End it"),
    )
