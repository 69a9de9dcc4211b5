"""Pages of governance: standards, permits, ledger, people, one's own account. Fetch, context, render."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import actions, forms, ledger, panels, selectors, tables
from governance.choices import STANDARD_TONES
from governance.exceptions import DomainError
from governance.models import ApiToken, LedgerEntry, Membership, Standard, StandardVersion, User
from governance.people_forms import PEOPLE_ACTS
from governance.permissions import may_manage_people, may_write_standard
from governance.subject_ref import SubjectRef


def person(request: HttpRequest) -> User:
    """The signed-in user; `login_required` stands before every page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def refused(request: HttpRequest, error: DomainError) -> None:
    """Show a refusal: what happened and what to do next."""
    messages.error(request, f"{error.text} {error.next_step}")


@login_required
@require_GET
def standards_page(request: HttpRequest) -> HttpResponse:
    form = forms.StandardFilter(request.GET)
    rows = selectors.standards_list(person(request))
    if form.is_valid():
        rows = _filtered_standards(rows, form.cleaned_data)
    context = {
        "filter": form,
        "page": tables.STANDARDS.page(request, rows),
        "may_write": may_write_standard(person(request)),
    }
    return render(request, "governance/standard_list.html", context)


def _filtered_standards(rows: QuerySet[Standard], wanted: dict[str, Any]) -> QuerySet[Standard]:
    if wanted["q"]:
        q = wanted["q"]
        rows = rows.filter(Q(name__icontains=q) | Q(title__icontains=q) | Q(title_zh__icontains=q))
    if wanted["status"]:
        rows = rows.filter(versions__status=wanted["status"]).distinct()
    return rows


@login_required
def standard_new(request: HttpRequest) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = forms.StandardForm(data=sent[0], files=sent[1], initial=request.GET.dict())
    if form.is_valid():
        try:
            version = actions.standard_draft(actor=person(request), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, f"{error.text} {error.next_step}")
        else:
            messages.success(
                request, _("Version %(version)s is stored as a draft.") % {"version": version.version}
            )
            return redirect(version)
    status = 400 if form.is_bound and form.errors else 200
    context = {"form": form, "cancel_url": reverse("governance:standards")}
    return render(request, "governance/standard_form.html", context, status=status)


def _standard(request: HttpRequest, uid: str) -> Standard:
    found = Standard.objects.visible_to(person(request)).select_related("owner").filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def _version(request: HttpRequest, uid: str) -> StandardVersion:
    rows = StandardVersion.objects.visible_to(person(request)).select_related("standard__owner", "created_by")
    found = rows.filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


@login_required
@require_GET
def standard_page(request: HttpRequest, uid: str) -> HttpResponse:
    """The version in force, else the newest one."""
    standard = _standard(request, uid)
    rows = standard.versions.order_by("-created_at", "-id")
    shown = rows.filter(status="in_force").first() or rows.first()
    if shown is None:
        raise Http404
    return standard_version_page(request, shown.uid)


@login_required
@require_GET
def standard_version_page(request: HttpRequest, uid: str) -> HttpResponse:
    version = _version(request, uid)
    ref = SubjectRef("standard_version", version.uid, version.digest)
    form = forms.RuleFilter(request.GET, offered=selectors.rules_offered(version))
    against = selectors.version_compared(version)
    changes = selectors.rule_changes(against, version) if against else []
    context = {
        "filter": form,
        "against": against,
        "changes": tables.rule_diff(changes),
        "version": version,
        "standard": version.standard,
        "tone": STANDARD_TONES[version.status],
        "rules": tables.RULES.page(
            request, selectors.rules_found(version, form.cleaned_data if form.is_valid() else {})
        ),
        "severities": selectors.severity_counts(version),
        "versions": tables.VERSIONS.of(
            version.standard.versions.select_related("created_by").defer("document")
        ),
        "decisions": selectors.decisions_about(ref),
        "acts": panels.acts(request, "standard_version.acts", ref) if version.status == "proposed" else [],
        "panels": panels.panels(request, "standard_version.panels", ref),
        "may_propose": version.status == "draft" and may_write_standard(person(request), version.standard),
    }
    return render(request, "governance/standard_version.html", context)


@login_required
@require_POST
def standard_version_propose(request: HttpRequest, uid: str) -> HttpResponse:
    version = _version(request, uid)
    try:
        actions.standard_propose(actor=person(request), version=version)
    except DomainError as error:
        refused(request, error)
    return redirect(version)


@login_required
@require_GET
def standard_version_document(request: HttpRequest, uid: str) -> HttpResponse:
    """The stored bytes, exactly as given."""
    version = _version(request, uid)
    name = f"{version.standard.name}-{version.version}.odcs.yaml"
    return HttpResponse(
        bytes(version.document),
        content_type="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


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
    }
    return render(request, "governance/ledger.html", context)


@login_required
@require_POST
def ledger_verify(request: HttpRequest) -> HttpResponse:
    """Recompute the chain now and say what was found."""
    verdict = ledger.verify()
    if verdict.ok:
        words = _("%(entries)s entries recomputed; the chain holds. Head %(head)s.")
        messages.success(request, words % {"entries": verdict.entries, "head": verdict.head[:16]})
    else:
        fault = verdict.faults[0]
        words = _("The ledger does not hold: %(place)s (%(code)s). Tell the governance team.")
        messages.error(request, words % {"place": fault.place, "code": fault.code})
    return redirect("governance:ledger")


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
