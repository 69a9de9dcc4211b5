"""The agenda of the next meeting: what waits to be heard, and dealing with a point."""

from __future__ import annotations

from dataclasses import replace

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from committee import actions, permissions, selectors
from committee.forms.standing import AgendaFilter, NoteForm
from committee.tables.standing import AGENDA
from committee.views.base import person
from committee.views.standing import record_response


@login_required
@require_GET
def agenda_page(request: HttpRequest) -> HttpResponse:
    user, form = person(request), AgendaFilter(request.GET)
    show = form.cleaned_data["show"] if form.is_valid() else ""
    rows = selectors.agenda_items(user)
    if show != "all":
        rows = rows.exclude(dealt_at=None) if show == "dealt" else rows.pending()
    table = replace(AGENDA, present=lambda found: selectors.agenda_lines(found, user))
    return render(request, "committee/agenda.html", {"filter": form, "page": table.page(request, rows)})


@login_required
def agenda_item_page(request: HttpRequest, uid: str) -> HttpResponse:
    """One point; presiding member and secretary note what was said. Others read it."""
    user = person(request)
    item = selectors.agenda_item(user, uid)
    if item is None:
        raise Http404
    (line,) = selectors.agenda_lines([item], user)
    form = NoteForm(request.POST or None)
    return record_response(
        request,
        form,
        lambda: actions.agenda_deal(actor=user, item=item, note=form.cleaned_data["note"]),
        _("The point is dealt with; the note is in the record."),
        reverse("committee:agenda"),
        title=line.words,
        lede=line.title,
        lede_url=line.url,
        note=item.note,
        closed=item.dealt_at is not None or not permissions.keeps_files(user, item.committee),
        verb=_("Mark as dealt with"),
    )
