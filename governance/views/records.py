"""Pages of permits and the ledger."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import actions, forms, panels, selectors, tables
from governance.exceptions import DomainError
from governance.models import LedgerEntry
from governance.permissions import may_check_ledger
from governance.subject_ref import SubjectRef
from governance.views.base import person, refused


@login_required
@require_GET
def permits_page(request: HttpRequest) -> HttpResponse:
    form = forms.PermitFilter(request.GET)
    user = person(request)
    rows = selectors.permits_visible_to(user)
    if form.is_valid():
        q, action = form.cleaned_data["q"], form.cleaned_data["action"]
        if q:
            rows = rows.filter(Q(purpose__icontains=q) | Q(decision__resolution__icontains=q))
        if action:
            rows = rows.filter(action=action)
    table = replace(tables.PERMITS, present=lambda found: selectors.permit_rows(found, reader=user))
    return render(request, "governance/permit_list.html", {"filter": form, "page": table.page(request, rows)})


@login_required
@require_GET
def permit_page(request: HttpRequest, uid: str) -> HttpResponse:
    permit = selectors.permits_visible_to(person(request)).filter(uid=uid).first()
    if permit is None:
        raise Http404
    detail = selectors.permit_detail(permit, reader=person(request))
    ref = SubjectRef("permit", permit.uid)
    context = {
        "detail": detail,
        "permit": permit,
        "badge": tables.permit_badge(detail.row),
        "uses": tables.USES.of(detail.uses),
        "acts": panels.acts(request, "permit.acts", ref),
        "panels": panels.panels(request, "permit.panels", ref),
    }
    return render(request, "governance/permit.html", context)


@login_required
@require_GET
def ledger_page(request: HttpRequest) -> HttpResponse:
    form = forms.LedgerFilter(request.GET)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    user = person(request)
    table = replace(tables.LEDGER, present=lambda rows: selectors.ledger_rows(user, rows))
    context = {
        "filter": form,
        "page": table.page(request, selectors.ledger_entries(user, q=q)),
        "head": LedgerEntry.objects.order_by("-seq").first(),
        "state": selectors.ledger_state(),
        "may_check": may_check_ledger(user),
    }
    return render(request, "governance/ledger.html", context)


@login_required
@require_POST
def ledger_verify(request: HttpRequest) -> HttpResponse:
    """Have the chain recomputed; a worker does it, and its verdict stands on the page."""
    try:
        actions.ledger_check_ask(actor=person(request))
    except DomainError as error:
        refused(request, error)
    else:
        messages.success(request, _("The ledger is being recomputed. The verdict will stand here."))
    return redirect("governance:ledger")


@login_required
@require_GET
def ledger_verdict(request: HttpRequest) -> HttpResponse:
    """The part of the page that asks again while a recomputation goes on."""
    return render(request, "governance/parts/ledger_verdict.html", {"state": selectors.ledger_state()})
