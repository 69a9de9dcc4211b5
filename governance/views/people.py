"""Pages of people and teams, and of one's own account."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import actions, forms, selectors, tables
from governance.exceptions import DomainError
from governance.models import ApiToken, Membership
from governance.people_forms import PEOPLE_ACTS
from governance.permissions import may_manage_people
from governance.views.base import person


@login_required
@require_GET
def people_page(request: HttpRequest) -> HttpResponse:
    form = forms.PeopleFilter(request.GET)
    rows = (
        Membership.objects.current().select_related("user__department", "team").order_by("team__code", "pk")
    )
    if form.is_valid() and form.cleaned_data["q"]:
        q = form.cleaned_data["q"]
        rows = rows.filter(
            Q(user__name__icontains=q) | Q(user__name_zh__icontains=q) | Q(team__name__icontains=q)
        )
    context = {
        "filter": form,
        "page": tables.MEMBERS.page(request, rows),
        "acts": PEOPLE_ACTS if may_manage_people(person(request)) else {},
    }
    return render(request, "governance/people.html", context)


@login_required
def people_act(request: HttpRequest, what: str) -> HttpResponse:
    """One act of keeping people: its form, then the action of that name."""
    act = PEOPLE_ACTS.get(what)
    if act is None:
        raise Http404
    form = act.form(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if act.act is None:
            return redirect("governance:person_deactivate", form.cleaned_data["user"].uid)
        try:
            act.act(actor=person(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, f"{error.text} {error.next_step}")
        else:
            messages.success(request, _("Done; it is in the ledger."))
            return redirect("governance:people")
    status = 400 if form.is_bound and form.errors else 200
    context = {"form": form, "act": act, "cancel_url": reverse("governance:people")}
    return render(request, "governance/people_act.html", context, status=status)


@login_required
@require_GET
def account_page(request: HttpRequest) -> HttpResponse:
    return _account(request, forms.TokenForm())


def _account(
    request: HttpRequest, form: forms.TokenForm, *, shown_once: str = "", status: int = 200
) -> HttpResponse:
    user = person(request)
    context = {
        "tokens": ApiToken.objects.live().filter(user=user),
        "memberships": Membership.objects.filter(user=user).current().select_related("team"),
        "channels": selectors.channels_of(user),
        "form": form,
        "shown_once": shown_once,
    }
    return render(request, "governance/account.html", context, status=status)


@login_required
@require_POST
def token_issue(request: HttpRequest) -> HttpResponse:
    """Answer with the text itself: it is on this one page and nowhere else, not even in the session."""
    form = forms.TokenForm(request.POST)
    if not form.is_valid():
        return _account(request, form, status=400)
    expires = timezone.now() + dt.timedelta(days=form.cleaned_data["days"])
    user = person(request)
    try:
        _row, text = actions.token_issue(
            actor=user, user=user, label=form.cleaned_data["label"], expires_at=expires
        )
    except DomainError as error:
        form.add_error(None, f"{error.text} {error.next_step}")
        return _account(request, form, status=error.status)
    return _account(request, forms.TokenForm(), shown_once=text)


@login_required
@require_POST
def token_revoke(request: HttpRequest, uid: str) -> HttpResponse:
    token = ApiToken.objects.filter(user=person(request), uid=uid).first()
    if token is None:
        raise Http404
    actions.token_revoke(actor=person(request), token=token)
    messages.success(request, _("The token is revoked; programs that use it are refused from now on."))
    return redirect("governance:account")
