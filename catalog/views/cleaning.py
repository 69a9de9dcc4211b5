"""Pages of recipes, cleaning runs, splits and quarantined rows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from catalog import actions, forms, permissions, reading, tables
from catalog.choices import SplitPart
from catalog.models import (
    CleaningRun,
    Column,
    DatasetVersion,
    DerivationRun,
    Quarantine,
    Recipe,
    RecipeVersion,
)
from catalog.selectors import access
from catalog.views.base import form_page, person, refused, seen
from governance.choices import AccessAction
from governance.exceptions import DomainError


@login_required
@require_GET
def recipes_page(request: HttpRequest) -> HttpResponse:
    form = forms.NameFilter(request.GET)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    rows = Recipe.objects.visible_to(person(request)).select_related("owner")
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(title__icontains=q) | Q(title_zh__icontains=q))
    context = {
        "filter": form,
        "page": tables.RECIPES.page(request, rows),
        "may_write": permissions.may_write_recipe(person(request)),
    }
    return render(request, "catalog/recipe_list.html", context)


@login_required
def recipe_new(request: HttpRequest) -> HttpResponse:
    return form_page(
        request,
        forms.RecipeForm(request.POST or None, request.FILES or None, initial=request.GET.dict()),
        "catalog/recipe_form.html",
        lambda data: actions.recipe_draft(actor=person(request), **data),
        _("The recipe is stored. Open a version of a dataset to apply it."),
        cancel_url=reverse("catalog:recipes"),
    )


@login_required
@require_GET
def recipe_page(request: HttpRequest, uid: str) -> HttpResponse:
    """The newest version."""
    recipe: Recipe = seen(request, Recipe, uid)
    return recipe_version_page(request, recipe.versions.order_by("-created_at", "-id")[:1].get().uid)


@login_required
@require_GET
def recipe_version_page(request: HttpRequest, uid: str) -> HttpResponse:
    version: RecipeVersion = seen(request, RecipeVersion, uid, "recipe__owner", "created_by")
    versions = version.recipe.versions.select_related("created_by").defer("document")
    runs = CleaningRun.objects.visible_to(person(request)).filter(recipe_version=version)
    context = {
        "version": version,
        "recipe": version.recipe,
        "text": bytes(version.document).decode("utf-8", "replace"),
        "versions": tables.RECIPE_VERSIONS.of(versions),
        "runs": tables.CLEANINGS.of(runs.select_related("version__dataset", "recipe_version__recipe")[:20]),
        "may_write": permissions.may_write_recipe(person(request), version.recipe),
    }
    return render(request, "catalog/recipe.html", context)


@login_required
def clean_page(request: HttpRequest, uid: str) -> HttpResponse:
    version: DatasetVersion = seen(request, DatasetVersion, uid, "dataset__standard")
    return form_page(
        request,
        forms.CleanForm(request.POST or None, user=person(request)),
        "catalog/clean_form.html",
        lambda data: actions.cleaning_request(actor=person(request), version=version, **data),
        _("The cleaning is queued; this page follows it."),
        version=version,
        cancel_url=reverse("catalog:version", args=[version.uid]),
    )


@login_required
def split_page(request: HttpRequest, uid: str) -> HttpResponse:
    version: DatasetVersion = seen(request, DatasetVersion, uid, "dataset__standard")
    columns = list(Column.objects.filter(version=version).values_list("name", flat=True))
    form = forms.SplitForm(request.POST or None, user=person(request), columns=columns)

    def act(data: dict[str, Any]) -> DerivationRun:
        return actions.split_request(
            actor=person(request),
            versions=[version],
            targets=form.targets(),
            left=data["left"],
            right=data["right"],
            seed=data["seed"],
        )

    return form_page(
        request,
        form,
        "catalog/split_form.html",
        act,
        _("The split is queued; this page follows it."),
        version=version,
        cancel_url=reverse("catalog:version", args=[version.uid]),
    )


@login_required
@require_GET
def cleaning_page(request: HttpRequest, uid: str) -> HttpResponse:
    related = ("version__dataset", "recipe_version__recipe", "output__dataset", "requested_by")
    run: CleaningRun = seen(request, CleaningRun, uid, *related)
    context = {
        "run": run,
        "kind": "cleaning",
        "version": run.version,
        "dataset": run.version.dataset,
        "badge": tables.job_badge(run),
        "reason": tables.reason_words(run),
        "steps": tables.STEPS.of(run.steps),
        "quarantine": Quarantine.objects.filter(run=run).first(),
        "may_cancel": not run.is_over and permissions.may_cancel(person(request), run, run.version.dataset),
    }
    return render(request, "catalog/cleaning_run.html", context)


@login_required
@require_GET
def derivation_page(request: HttpRequest, uid: str) -> HttpResponse:
    run: DerivationRun = seen(request, DerivationRun, uid, "version__dataset", "requested_by")
    named = DatasetVersion.objects.visible_to(person(request)).select_related("dataset")
    made = {v.uid: v for v in named.filter(uid__in=[*run.inputs, *run.outputs.values()])}
    parts = run.facts.get("parts", {})
    context = {
        "run": run,
        "kind": "derivation",
        "version": run.version,
        "dataset": run.version.dataset,
        "badge": tables.job_badge(run),
        "reason": tables.reason_words(run),
        "inputs": [made[uid] for uid in run.inputs if uid in made],
        "parts": [
            {"label": SplitPart(part).label, "version": made.get(uid), "facts": parts.get(part, {})}
            for part, uid in run.outputs.items()
        ],
        "may_cancel": not run.is_over and permissions.may_cancel(person(request), run, run.version.dataset),
    }
    return render(request, "catalog/derivation_run.html", context)


def _quarantine(request: HttpRequest, uid: str) -> Quarantine:
    held: Quarantine = seen(request, Quarantine, uid, "run__recipe_version__recipe", "version__dataset")
    return held


@login_required
def quarantine_page(request: HttpRequest, uid: str) -> HttpResponse:
    """Facts of a quarantine; a POST shows its first rows, masked, of one step where one is named."""
    held = _quarantine(request, uid)
    permitted = _permitted(request, held)
    form = forms.LookForm(request.POST or None, permitted=permitted)
    context = _quarantine_context(held, form, permitted)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            context["rows"] = reading.quarantine_rows(
                actor=person(request),
                quarantine=held,
                purpose=data["purpose"],
                start=data["start"] or 0,
                step=data["step"],
            )
        except DomainError as error:
            refused(request, error)
            return redirect(held)
        following = {**data, "start": context["rows"].start + reading.PAGE_ROWS}
        context["look"] = forms.LookForm(initial=following, permitted=permitted)
    return render(request, "catalog/quarantine.html", context)


def _permitted(request: HttpRequest, held: Quarantine) -> list[str]:
    return access.permitted_purposes(person(request), held.version, AccessAction.READ)


def _quarantine_context(held: Quarantine, form: forms.LookForm, permitted: list[str]) -> dict[str, Any]:
    return {
        "quarantine": held,
        "run": held.run,
        "version": held.version,
        "dataset": held.version.dataset,
        "level": tables.level_mark(held.level),
        "reasons": sorted(held.reasons.items(), key=lambda item: -item[1]),
        "look": form,
        "cell": forms.CellForm(permitted=permitted),
    }


@login_required
@require_POST
def quarantine_cell(request: HttpRequest, uid: str) -> HttpResponse:
    held = _quarantine(request, uid)
    permitted = _permitted(request, held)
    form = forms.CellForm(request.POST, permitted=permitted)
    context = {**_quarantine_context(held, forms.LookForm(permitted=permitted), permitted), "cell": form}
    if not form.is_valid():
        return render(request, "catalog/quarantine.html", context, status=400)
    try:
        value = reading.quarantine_cell(actor=person(request), quarantine=held, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, f"{error.text} {error.next_step}")
        return render(request, "catalog/quarantine.html", context, status=error.status)
    context["opened"] = {"value": value, **form.cleaned_data}
    return render(request, "catalog/quarantine.html", context)
