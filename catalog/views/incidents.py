"""Pages of incidents."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog import actions, forms, permissions, tables
from catalog.choices import INCIDENT_TONES
from catalog.models import Incident
from catalog.views.base import acted, person, refused, seen
from governance.exceptions import InvalidInput

RELATED = ("dataset", "version", "owner", "run", "resolved_by")


@login_required
@require_GET
def incidents_page(request: HttpRequest) -> HttpResponse:
    form = forms.IncidentFilter(request.GET)
    rows = Incident.objects.visible_to(person(request)).select_related("dataset", "version", "owner")
    if form.is_valid():
        q, state = form.cleaned_data["q"], form.cleaned_data["state"]
        if q:
            rows = rows.filter(Q(dataset__name__icontains=q) | Q(dataset__title__icontains=q))
        if state:
            rows = rows.filter(state=state)
    return render(
        request, "catalog/incident_list.html", {"filter": form, "page": tables.INCIDENTS.page(request, rows)}
    )


@login_required
@require_GET
def incident_page(request: HttpRequest, uid: str) -> HttpResponse:
    incident: Incident = seen(request, Incident, uid, *RELATED)
    context = {
        "incident": incident,
        "dataset": incident.dataset,
        "version": incident.version,
        "tone": INCIDENT_TONES[incident.state],
        "facts": sorted(incident.facts.items()),
        "note": _note(incident),
        "form": forms.ResolveForm(),
        "may_resolve": incident.state == "open" and permissions.may_resolve(person(request), incident),
    }
    return render(request, "catalog/incident.html", context)


def _note(incident: Incident) -> str:
    """What was done; a later check that opened the gate closes incidents by itself."""
    if incident.note.startswith("validation_run:"):
        return _("A later check of this dataset opened its gate.")
    return incident.note


@login_required
@require_POST
def incident_resolve(request: HttpRequest, uid: str) -> HttpResponse:
    incident: Incident = seen(request, Incident, uid, *RELATED)
    form = forms.ResolveForm(request.POST)
    if not form.is_valid():
        refused(request, InvalidInput(field=_("What was done"), reason=_("empty")))
        return redirect(incident)
    return acted(
        request,
        lambda: actions.incident_resolve(
            actor=person(request), incident=incident, note=form.cleaned_data["note"]
        ),
        _("The incident is resolved."),
        incident,
    )
