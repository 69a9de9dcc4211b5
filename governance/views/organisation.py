"""The organisation: its chart, departments, teams and people; changing them; a file of people in and out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from governance import actions, organisation_tables, panels, people_file
from governance.exceptions import DomainError
from governance.models import Membership, functions_of
from governance.organisation_forms import (
    DepartmentChange,
    ImportForm,
    MembershipFilter,
    OrganisationFilter,
    PersonChange,
    ReactivateForm,
    TeamChange,
)
from governance.permissions import is_clock, may_manage_people
from governance.selectors import organisation
from governance.selectors.people_import import ImportPlan
from governance.subject_ref import SubjectRef
from governance.views.base import person

SHOWN_STEPS = 300
NOWHERE = SubjectRef("organisation", "")


@login_required
@require_GET
def organisation_page(request: HttpRequest) -> HttpResponse:
    form = OrganisationFilter(request.GET)
    q = form.cleaned_data["q"].strip() if form.is_valid() else ""
    page = organisation_tables.teams_table().page(request, organisation.teams_listed(q))
    added = panels.row_columns(request, "organisation.teams", NOWHERE, page.items)
    context = {
        "filter": form,
        "chart": organisation.chart(q),
        "teams": replace(page, table=organisation_tables.teams_table(added)),
        "may": may_manage_people(person(request)),
    }
    return render(request, "governance/organisation.html", context)


Row = TypeVar("Row")


def _found(row: Row | None) -> Row:
    if row is None:
        raise Http404
    return row


@login_required
@require_GET
def department_page(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.department_by_uid(uid))
    form = OrganisationFilter(request.GET)
    rows = organisation.people_of(row)
    if form.is_valid() and form.cleaned_data["q"]:
        q = form.cleaned_data["q"]
        rows = rows.filter(Q(name__icontains=q) | Q(name_zh__icontains=q) | Q(username__icontains=q))
    context = {
        "department": row,
        "above": organisation.departments_above(row),
        "below": organisation.departments_below(row),
        "filter": form,
        "page": organisation_tables.PEOPLE.page(request, rows),
        "may": may_manage_people(person(request)),
    }
    return render(request, "governance/department.html", context)


@login_required
@require_GET
def team_page(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.team_by_uid(uid))
    form = MembershipFilter(request.GET)
    rows = _memberships(form, organisation.memberships_of(team=row))
    context = {
        "team": row,
        "filter": form,
        "page": organisation_tables.MEMBERS.page(request, rows),
        "panels": panels.panels(request, "team.panels", SubjectRef("team", row.uid)),
        "may": may_manage_people(person(request)),
    }
    return render(request, "governance/team.html", context)


def _memberships(form: MembershipFilter, rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """Those of today, and of those the search finds."""
    wanted = form.cleaned_data if form.is_valid() else {"q": "", "former": False}
    if not wanted["former"]:
        rows = rows.filter(pk__in=Membership.objects.current())
    if wanted["q"]:
        q = wanted["q"]
        rows = rows.filter(
            Q(user__name__icontains=q) | Q(user__name_zh__icontains=q) | Q(user__username__icontains=q)
        )
    return rows


@login_required
@require_GET
def person_page(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.user_by_uid(uid))
    context = {
        "user_row": row,
        "page": organisation_tables.TEAMS_OF.page(request, organisation.memberships_of(user=row)),
        "answers": organisation.answers_for(row),
        "panels": panels.panels(request, "user.panels", SubjectRef("user", row.uid)),
        "may": may_manage_people(person(request)),
        "may_go": row.is_active and row.pk != person(request).pk and not is_clock(row),
    }
    return render(request, "governance/person.html", context)


def _changed(
    request: HttpRequest,
    *,
    title: str,
    form: forms.Form,
    act: Callable[..., Any],
    named: dict[str, Any],
    back: str,
    verb: str = "",
    danger: bool = False,
    **more: Any,
) -> HttpResponse:
    """A form about one thing: shown, or carried out by its action and back to the thing."""
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                act(actor=person(request), **named, **form.cleaned_data)
            except DomainError as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                messages.success(request, _("Done; it is in the ledger."))
                return redirect(back)
    context = {"title": title, "form": form, "back": back, "verb": verb, "danger": danger} | more
    return render(request, "governance/organisation_form.html", context, status=status)


@login_required
def department_change(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.department_by_uid(uid))
    return _changed(
        request,
        title=_("Change %(name)s") % {"name": row},
        form=DepartmentChange.of(row, request.POST or None),
        act=actions.department_change,
        named={"department": row},
        back=row.get_absolute_url(),
        verb=_("Store the change"),
    )


@login_required
def team_change(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.team_by_uid(uid))
    return _changed(
        request,
        title=_("Change %(name)s") % {"name": row},
        form=TeamChange.of(row, request.POST or None),
        act=actions.team_change,
        named={"team": row},
        back=row.get_absolute_url(),
        verb=_("Store the change"),
    )


@login_required
def person_change(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.user_by_uid(uid))
    return _changed(
        request,
        title=_("Change %(name)s") % {"name": row},
        form=PersonChange.of(row, request.POST or None),
        act=actions.person_change,
        named={"user": row},
        back=row.get_absolute_url(),
        verb=_("Store the change"),
    )


@login_required
def person_deactivate(request: HttpRequest, uid: str) -> HttpResponse:
    """What the person answers for comes first; one button lets them go."""
    row = _found(organisation.user_by_uid(uid))
    return _changed(
        request,
        title=_("Let %(name)s go") % {"name": row},
        form=forms.Form(request.POST if request.method == "POST" else None),
        act=actions.person_deactivate,
        named={"user": row},
        back=row.get_absolute_url(),
        verb=_("Deactivate person"),
        danger=True,
        user_row=row,
        answers=organisation.answers_for(row),
        alone=organisation.last_in_function(row, functions_of(row)),
        panels=panels.panels(request, "user.consequences", SubjectRef("user", row.uid)),
    )


@login_required
def person_reactivate(request: HttpRequest, uid: str) -> HttpResponse:
    row = _found(organisation.user_by_uid(uid))
    return _changed(
        request,
        title=_("Let %(name)s back in") % {"name": row},
        form=ReactivateForm(request.POST if request.method == "POST" else None),
        act=actions.person_reactivate,
        named={"user": row},
        back=row.get_absolute_url(),
        verb=_("Reactivate person"),
        returning=True,
    )


@login_required
def import_page(request: HttpRequest) -> HttpResponse:
    """Check a file: what each of its rows would do. Nothing is written before the next step."""
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm()
    if not form.is_valid():
        return _import(request, form, 400 if form.is_bound else 200)
    content = form.cleaned_data["file"]
    try:
        plan = actions.people_import_check(actor=person(request), content=content)
    except DomainError as error:
        form.add_error(None, str(error))
        return _import(request, form, error.status)
    return _import(request, ImportForm(), 200, plan, base64.b64encode(content).decode())


def _import(
    request: HttpRequest, form: ImportForm, status: int, plan: ImportPlan | None = None, content: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "plan": plan,
        "content": content,
        "columns": people_file.COLUMNS,
        "headers": people_file.HEADERS_ZH.items(),
        "may": may_manage_people(person(request)),
    }
    if plan is not None:
        order = {"error": 0, "create": 1, "update": 1, "unchanged": 2}
        steps = sorted(plan.steps, key=lambda step: (order[step.outcome], step.line))
        context["rows"] = organisation_tables.STEPS.of(steps[:SHOWN_STEPS])
        context["left_out"] = max(0, len(steps) - SHOWN_STEPS)
    return render(request, "governance/people_import.html", context, status=status)


@login_required
@require_POST
def import_apply(request: HttpRequest) -> HttpResponse:
    """Import exactly the bytes that were checked: they come back with the form, their digest beside them."""
    try:
        content = base64.b64decode(request.POST.get("content", ""), validate=True)
    except binascii.Error:
        content = b""
    try:
        plan = actions.people_import(
            actor=person(request), content=content, digest=request.POST.get("digest", "")
        )
    except DomainError as error:
        messages.error(request, str(error))
        return _import(request, ImportForm(), error.status)
    words = _("Imported: %(create)s created, %(update)s changed, %(unchanged)s unchanged.")
    messages.success(request, words % plan.counts)
    return redirect("governance:organisation")


@login_required
@require_GET
def export_file(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Departments, teams, people and memberships as the file that can be imported."""
    try:
        rows = actions.people_export(actor=person(request))
    except DomainError as error:
        messages.error(request, str(error))
        return render(request, "403.html", status=error.status)
    answer = StreamingHttpResponse(people_file.write(rows), content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    answer["Content-Disposition"] = f'attachment; filename="people-{day}.csv"'
    answer["Cache-Control"] = "private, no-store"
    return answer
