"""Pages of a version's profile and of the rules it speaks for."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog import actions, forms, tables
from catalog.choices import SuggestionState
from catalog.models import DatasetVersion, RuleSuggestion
from catalog.selectors import diffs, profiles, suggestions
from catalog.views import facts
from catalog.views.base import acted, person, seen
from governance.permissions import may_write_standard
from ui.csp import charts_allowed

RELATED = ("run__standard_version__standard", "reply__by", "reply__standard_version__standard")


@login_required
@require_GET
@charts_allowed
def profile_page(request: HttpRequest, uid: str) -> HttpResponse:
    version: DatasetVersion = seen(request, DatasetVersion, uid, "dataset")
    before = diffs.version_before(version)
    rows = profiles.profile_rows(version, before)
    wanted = request.GET.get("column", "")
    chosen = next((row for row in rows if row.name == wanted), rows[0] if rows else None)
    context = {
        "version": version,
        "dataset": version.dataset,
        "before": before,
        "columns": tables.PROFILE.of(rows),
        "chosen": chosen,
        "level": tables.level_mark(chosen.level) if chosen else None,
        "pairs": facts.pairs(chosen) if chosen else [],
        "figures": facts.figures(chosen) if chosen else [],
        "charts": facts.charts_of(chosen, version, before) if chosen else [],
        "suggested": suggestions.suggestion_counts(version),
    }
    return render(request, "catalog/profile.html", context)


@login_required
@require_GET
def suggestions_page(request: HttpRequest, uid: str) -> HttpResponse:
    return _suggestions(request, seen(request, DatasetVersion, uid, "dataset__standard"))


def _suggestions(
    request: HttpRequest, version: DatasetVersion, form: forms.RejectForm | None = None, pick: str = ""
) -> HttpResponse:
    asked = request.GET.get("state", "")
    state = SuggestionState(asked) if asked in SuggestionState.values else SuggestionState.OPEN
    counts = suggestions.suggestion_counts(version)
    rows = RuleSuggestion.objects.filter(version=version).current().select_related(*RELATED)
    page = tables.SUGGESTIONS.page(request, rows.in_state(state).order_by("position"))
    wanted = pick or request.GET.get("rule", "")
    chosen = next((one for one in page.items if one.uid == wanted), page.items[0] if page.items else None)
    context = {
        "version": version,
        "dataset": version.dataset,
        "tabs": [(one.label, f"?state={one}", one == state, counts[one]) for one in SuggestionState],
        "page": page,
        "chosen": chosen,
        "evidence": facts.evidence_pairs(chosen) if chosen else [],
        "changes": facts.edit_lines(chosen) if chosen else [],
        "draft": suggestions.draft_for(version.dataset),
        "may_answer": may_write_standard(person(request), version.dataset.standard),
        "form": form or forms.RejectForm(),
    }
    return render(request, "catalog/suggestions.html", context, status=400 if form else 200)


@login_required
@require_POST
def suggestion_accept(request: HttpRequest, uid: str) -> HttpResponse:
    one = _suggestion(request, uid)
    back = reverse("catalog:suggestions", args=[one.version.uid])

    def act() -> str:
        actions.suggestion_accept(actor=person(request), suggestion=one)
        return back

    return acted(
        request, act, _("The rule is in the draft. The draft binds nobody until it is adopted."), back
    )


@login_required
@require_POST
def suggestion_reject(request: HttpRequest, uid: str) -> HttpResponse:
    one = _suggestion(request, uid)
    form = forms.RejectForm(request.POST)
    if not form.is_valid():
        return _suggestions(request, one.version, form, one.uid)
    back = reverse("catalog:suggestions", args=[one.version.uid])
    return acted(
        request,
        lambda: actions.suggestion_reject(
            actor=person(request), suggestion=one, reason=form.cleaned_data["reason"]
        ),
        _("The suggestion is rejected. It comes back only when its evidence has changed."),
        back,
    )


def _suggestion(request: HttpRequest, uid: str) -> RuleSuggestion:
    one: RuleSuggestion = seen(request, RuleSuggestion, uid, "version__dataset__standard", *RELATED)
    return one
