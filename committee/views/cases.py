"""Pages of the committee: cases, one case with its ballot and acts, opening a case, the body itself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import etag, require_GET, require_POST

from committee import actions, forms, sealing, selectors, tables
from committee.acts import ACTS, Act, may
from committee.choices import CaseState
from committee.models import Case
from committee.views.base import case_of, person, renewal_url
from governance import panels
from governance.choices import Level
from governance.exceptions import DomainError
from governance.models import User
from governance.subject_ref import SubjectRef
from governance.tables import permit_badge

TABS = frozenset({"evidence", "questions", "conditions", "ballots", "rules", "ledger"})


@login_required
@require_GET
def cases_page(request: HttpRequest) -> HttpResponse:
    form = forms.CaseFilter(request.GET)
    user = person(request)
    rows = selectors.case_list(user)
    if form.is_valid():
        rows = _filtered(rows, form.cleaned_data, user)
    context = {"filter": form, "page": tables.CASES.page(request, rows)}
    return render(request, "committee/case_list.html", context)


def _filtered(rows: QuerySet[Case], wanted: dict[str, Any], user: User) -> QuerySet[Case]:
    if wanted["q"]:
        q = wanted["q"]
        rows = rows.filter(
            Q(number__icontains=q)
            | Q(title__icontains=q)
            | Q(title_zh__icontains=q)
            | Q(purpose__icontains=q)
        )
    for name in ("state", "action"):
        if wanted[name]:
            rows = rows.filter(**{name: wanted[name]})
    if wanted["waiting"]:
        rows = rows.filter(pk__in=selectors.waiting_for(user).values("pk"))
    if wanted["asleep"]:
        rows = selectors.asleep(rows)
    return rows


@login_required
@require_GET
def case_page(request: HttpRequest, uid: str) -> HttpResponse:
    return _case_response(request, case_of(request, uid))


def _case_response(
    request: HttpRequest, case: Case, form: forms.BallotForm | None = None, status: int = 200
) -> HttpResponse:
    view = selectors.case_view(person(request), case)
    around = selectors.case_around(person(request), view)
    if form is None and around.votes:
        form = forms.BallotForm(case=case, votes=around.votes)
    tab = request.GET.get("tab", "evidence")
    ref = SubjectRef(case.subject_kind, case.subject_id, case.subject_digest)
    context = {
        "view": view,
        "case": case,
        "tab": tab if tab in TABS else "evidence",
        "around": around,
        "badge": tables.view_badge(view),
        "lines": tables.case_ledger(view, None if tab == "ledger" else 8),
        "seats": list(tables.seat_lines(view)),
        "ballot": form,
        "level_label": Level(case.level).label,
        "permit_badge": permit_badge(view.permit) if view.permit else "",
        "acts": [act for act in ACTS.values() if act.name != "condition" and may(act, view, person(request))],
        "may_confirm": may(ACTS["condition"], view, person(request)),
        "panels": panels.panels(request, "case.panels", ref),
        "advice": selectors.advice_of(case, sealing.dossier_content(case)),
        "terms": selectors.asked_terms(case),
        "rules": selectors.case_rules(case) if tab == "rules" else None,
        "renew_url": renewal_url(person(request), view.permit.permit) if view.permit else "",
    }
    return render(request, "committee/case.html", context, status=status)


@login_required
@require_POST
def ballot_post(request: HttpRequest, uid: str) -> HttpResponse:
    case = case_of(request, uid)
    votes = selectors.named_votes(selectors.votes_of(person(request), case))
    form = forms.BallotForm(request.POST, case=case, votes=votes)
    if not form.is_valid():
        return _case_response(request, case, form, 400)
    try:
        done = actions.ballot_cast(actor=person(request), case=case, **form.ballot())
    except DomainError as error:
        form.add_error(None, str(error))
        case.refresh_from_db()
        return _case_response(request, case, form, error.status)
    if done.state == CaseState.CLOSED:
        messages.success(request, _("Your ballot is in the record, and the case is decided."))
    else:
        messages.success(request, _("Your ballot is in the record. You may change it while voting is open."))
    return redirect(done)


@login_required
def act_page(request: HttpRequest, uid: str, act: str) -> HttpResponse:
    """One act of one case: what follows from it, a reason where it needs one, and one button."""
    if act not in ACTS or act == "condition":
        raise Http404
    return _act_response(request, case_of(request, uid), ACTS[act], {})


@login_required
def condition_page(request: HttpRequest, uid: str, condition: str) -> HttpResponse:
    case = case_of(request, uid)
    return _act_response(request, case, ACTS["condition"], {"condition": condition})


def _act_response(request: HttpRequest, case: Case, act: Act, named: dict[str, str]) -> HttpResponse:
    view = selectors.case_view(person(request), case)
    form = act.form(view, person(request), request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            act.call(actor=person(request), case=case, **form.cleaned_data, **named)
        except DomainError as error:
            form.add_error(None, str(error))
            status = error.status
        else:
            messages.success(request, str(act.done))
            return redirect(act.back(case))
    elif request.method == "POST":
        status = 400
    context = {
        "form": form,
        "act": act,
        "view": view,
        "case": case,
        "cancel_url": case.get_absolute_url(),
        **named,
    }
    return render(request, "committee/act.html", context, status=status)


@login_required
@require_GET
def dossier_file(request: HttpRequest, uid: str) -> HttpResponse:
    """The frozen evidence, exactly the bytes under the digest."""
    case = case_of(request, uid)
    return _dossier_response(request, case)


def _etag(_request: HttpRequest, case: Case) -> str:
    return f'"{case.dossier.digest}"'


@etag(_etag)
def _dossier_response(_request: HttpRequest, case: Case) -> HttpResponse:
    return HttpResponse(
        bytes(case.dossier.content),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{case.number}.json"'},
    )
