"""Opening a case: the form of its kind and action, and the evidence as it would be frozen now."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from committee import actions, forms, selectors
from committee.exceptions import TermsInvalid
from committee.kinds.base import Asked, CaseKind, DossierItem, SubjectFacts
from committee.kinds.registry import kinds_about
from committee.models import Case
from committee.views.base import case_of, person
from governance import registry
from governance.exceptions import DomainError, InvalidInput
from governance.models import local_name
from governance.subject_ref import SubjectRef

PREFILLED = ("purpose", "rule", "columns", "of", "days")
MOST_PREFILLED = 300


@login_required
def case_new(request: HttpRequest) -> HttpResponse:
    kind, uid = _asked(request)
    earlier = _earlier(request)
    form = _form(request, kind, uid, earlier)
    status = 400 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            case = _open(request, kind, uid, form, earlier)
        except DomainError as error:
            _show(form, error)
            status = error.status
        else:
            messages.success(request, _("Case %(number)s is raised.") % {"number": case.number})
            return redirect(case)
    return _response(request, kind, uid, form, status)


def _asked(request: HttpRequest) -> tuple[CaseKind, str]:
    """Kind and uid of what the case will be about; 404 for what the reader may not know."""
    wanted = request.GET.get("action", "")
    offered = [k for k in kinds_about(request.GET.get("kind", "")) if k.action == (wanted or k.action)]
    kind = offered[0] if offered else None
    uid = request.GET.get("id", "")
    known = registry.kind_of(kind.kind) if kind else None
    if kind is None or known is None or "\x00" in uid or not known.visible(request.user, uid):
        raise Http404
    return kind, uid


def _form(request: HttpRequest, kind: CaseKind, uid: str, earlier: Case | None) -> forms.TeamCaseForm:
    make = forms.form_for(kind.kind, kind.action)
    given = {name: request.GET[name][:MOST_PREFILLED] for name in PREFILLED if name in request.GET}
    initial = _initial(earlier) if earlier else given
    sent = request.POST if request.method == "POST" else None
    return make(sent, user=person(request), kind=kind.kind, subject=uid, initial=initial)


def _earlier(request: HttpRequest) -> Case | None:
    """The closed case this one is to follow; 404 for one the reader may not see."""
    uid = request.GET.get("after", "")
    return case_of(request, uid.replace("\x00", "")) if uid else None


def _initial(earlier: Case) -> dict[str, Any]:
    """Purpose, team and terms as they were asked for before."""
    terms = {**earlier.terms}
    if isinstance(terms.get("columns"), list):
        terms["columns"] = ", ".join(terms["columns"])
    asked = {"purpose": earlier.purpose, "team": earlier.requesting_team.uid, "reason": earlier.reason}
    return terms | asked


def _open(
    request: HttpRequest, kind: CaseKind, uid: str, form: forms.TeamCaseForm, earlier: Case | None
) -> Case:
    data = form.cleaned_data
    return actions.case_open(
        actor=person(request),
        action=kind.action,
        subject=SubjectRef(kind.kind, uid),
        purpose=data["purpose"],
        team=data["team"],
        terms=form.terms(),
        reason=data["reason"],
        predecessor=earlier,
    )


def _show(form: forms.TeamCaseForm, error: DomainError) -> None:
    """A refusal about one field stands at that field."""
    place = ""
    if isinstance(error, InvalidInput):
        place = str(error.params.get("field", ""))
    elif isinstance(error, TermsInvalid):
        place = str(error.params.get("reason", "")).partition(":")[0]
    form.add_error(place if place in form.fields else None, str(error))


def _facts(kind: CaseKind, uid: str, form: forms.TeamCaseForm) -> tuple[SubjectFacts | None, str]:
    """What is known of the subject under the terms so far, or why no case can be opened about it now."""
    try:
        terms = _terms(kind, uid, form)
        return (kind.facts(uid) if terms is None else kind.facts_about(uid, terms)), ""
    except DomainError as error:
        return None, str(error)


def _terms(kind: CaseKind, uid: str, form: forms.TeamCaseForm) -> dict[str, Any] | None:
    """The terms as they stand in the form, where they can be asked for; else what tells enough of them."""
    if form.is_bound and form.is_valid():
        try:
            return kind.asked_terms(uid, form.terms())
        except DomainError:
            return form.preview()
    return form.preview()


def _response(
    request: HttpRequest, kind: CaseKind, uid: str, form: forms.TeamCaseForm, status: int
) -> HttpResponse:
    ref = SubjectRef(kind.kind, uid, kind.digest(uid))
    known = registry.kind_of(kind.kind)
    facts, not_ready = _facts(kind, uid, form)
    items: tuple[DossierItem, ...] = ()
    if facts is not None:
        purpose = str(form.data.get("purpose", "") or form.initial.get("purpose", ""))
        asked = Asked(ref, kind.action, purpose[:80], facts.level, _terms(kind, uid, form) or {})
        items = selectors.dossier_items(asked, facts)
    context = {
        "form": form,
        "kind": kind,
        "facts": facts,
        "facts_title": local_name(facts.title, facts.title_zh) if facts else "",
        "evidence": selectors.evidence_rows([item.as_dict() for item in items]),
        "not_ready": not_ready,
        "no_team": not form.has_team,
        "purposes": selectors.purposes_used(),
        "subject_title": registry.title_of(ref),
        "kind_label": known.label if known else kind.kind,
        "cancel_url": registry.page_of(ref),
        "digest": ref.digest,
    }
    return render(request, "committee/case_new.html", context, status=status)
