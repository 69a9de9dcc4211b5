"""The page of one of a person's own channels, and a test of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from governance import actions, selectors
from governance.channel_forms import ChannelForm
from governance.exceptions import DomainError
from governance.selectors import ChannelRow
from governance.views.base import person, refused


def _row(request: HttpRequest, kind: str) -> ChannelRow:
    for row in selectors.channels_of(person(request)):
        if row.kind == kind:
            return row
    raise Http404


@login_required
def channel_page(request: HttpRequest, kind: str) -> HttpResponse:
    row = _row(request, kind)
    first = {"address": row.address, "mode": row.mode, "hour": row.hour}
    form = ChannelForm(request.POST if request.method == "POST" else None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            actions.channel_set(actor=person(request), kind=kind, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, f"{error.text} {error.next_step}")
        else:
            messages.success(request, _("Saved; what comes from now on follows it."))
            return redirect("governance:channel", kind)
    context = {"form": form, "row": row, "cancel_url": reverse("governance:account")}
    return render(request, "governance/channel.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def channel_test(request: HttpRequest, kind: str) -> HttpResponse:
    row = _row(request, kind)
    try:
        actions.channel_test(actor=person(request), kind=kind)
    except DomainError as error:
        refused(request, error)
    else:
        words = _("A test is on its way to %(address)s.")
        messages.success(request, words % {"address": row.address})
    return redirect("governance:channel", kind)
