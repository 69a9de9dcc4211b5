"""Pages of standards: list, a version, its document and exports, proposing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from governance import actions, forms, panels, selectors, tables
from governance.choices import DIMENSION_ICONS, STANDARD_TONES, Dimension, Severity
from governance.exceptions import DomainError
from governance.models import Rule, Standard, StandardVersion, local_name
from governance.permissions import may_write_standard
from governance.standard_text import EXPORTS, export_standard
from governance.subject_ref import SubjectRef
from governance.views.base import person, refused

CHANGE_WORDS = {
    "major": gettext_lazy("major: a column is gone or of another type"),
    "minor": gettext_lazy("minor: rules changed"),
    "patch": pgettext_lazy("size of a change", "patch: words only"),
}


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


def version_seen(request: HttpRequest, uid: str) -> StandardVersion:
    """Raises Http404."""
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
    version = version_seen(request, uid)
    ref = SubjectRef("standard_version", version.uid, version.digest)
    form = forms.RuleFilter(request.GET, offered=selectors.rules_offered(version))
    found = selectors.rules_found(version, form.cleaned_data if form.is_valid() else {})
    may_write = may_write_standard(person(request), version.standard)
    context = {
        "filter": form,
        "version": version,
        "standard": version.standard,
        "tone": STANDARD_TONES[version.status],
        "rules": rules_shown(request, ref, found),
        "versions": tables.VERSIONS.of(
            version.standard.versions.select_related("created_by").defer("document")
        ),
        "decisions": selectors.decisions_about(ref),
        "acts": panels.acts(request, "standard_version.acts", ref) if version.status == "proposed" else [],
        "panels": panels.panels(request, "standard_version.panels", ref),
        "asides": panels.panels(request, "standard_version.aside", ref),
        "exports": exports_offered(version),
        "may_write": may_write,
        "may_propose": version.status == "draft" and may_write,
        **figures(request, version, ref),
        **compared(version),
    }
    return render(request, "governance/standard_version.html", context)


def figures(request: HttpRequest, version: StandardVersion, ref: SubjectRef) -> dict[str, Any]:
    """The tiles and the coverage of a version; figures of other rooms as they come."""
    severities = selectors.severity_counts(version)
    coverage = selectors.coverage_of(version)
    kept = version.compiled.get("kept", [])
    rules = sum(severities.values())
    counted = [f"{count} {Severity(word).label}" for word, count in severities.items() if count]
    return {
        "rule_count": rules,
        "severity_words": ", ".join(counted),
        "coverage": coverage,
        "dimensions": [
            (Dimension(word).label, DIMENSION_ICONS[word], count) for word, count in coverage.dimensions
        ],
        "kept": kept,
        "all_count": rules + len(kept),
        "lint": [local_name(w["message_en"], w["message_zh"]) for w in version.compiled.get("warnings", [])],
        "tiles": panels.panels(request, "standard_version.tiles", ref),
    }


def compared(version: StandardVersion) -> dict[str, Any]:
    """What changed against the version a reader compares with, and how large that change is."""
    against = selectors.version_compared(version)
    changes = selectors.rule_changes(against, version) if against else []
    size = selectors.change_size(against, version, changes) if against else ""
    return {
        "against": against,
        "changes": changes,
        "change_rows": tables.rule_diff(changes),
        "change_word": CHANGE_WORDS.get(size, ""),
    }


def rules_shown(
    request: HttpRequest, ref: SubjectRef, rows: QuerySet[Rule], edit: Callable[[Rule], str] | None = None
) -> Any:
    """One page of rules with what other rooms say of each."""
    page = tables.rules_table().page(request, rows)
    added = panels.row_columns(request, "standard_version.rules", ref, page.items)
    return replace(page, table=tables.rules_table(added, edit))


def exports_offered(version: StandardVersion) -> list[tuple[str, Any, str]]:
    """(form, label, object) of every file a version can be had as."""
    objects = sorted({column["object"] for column in version.compiled.get("columns", ())})
    if not objects:  # stored before the columns of a version were kept
        objects = selectors.rules_offered(version)["object_name"]
    found: list[tuple[str, Any, str]] = [("odcs", "ODCS", "")]
    for form, word in (("pandera-python", "Pandera, Python"), ("pandera-yaml", "Pandera, YAML")):
        found += [(form, f"{word} · {name}" if len(objects) > 1 else word, name) for name in objects]
    return found


@login_required
@require_POST
def standard_version_propose(request: HttpRequest, uid: str) -> HttpResponse:
    version = version_seen(request, uid)
    try:
        actions.standard_propose(actor=person(request), version=version)
    except DomainError as error:
        refused(request, error)
    return redirect(version)


@login_required
@require_GET
def standard_version_export(request: HttpRequest, uid: str, form: str) -> HttpResponse:
    """The version as a file of another form; ODCS are the stored bytes."""
    version = version_seen(request, uid)
    if form not in EXPORTS:
        raise Http404
    if form == "odcs":
        return standard_version_document(request, uid)
    try:
        text = export_standard(bytes(version.document), request.GET.get("object", ""), form)
    except DomainError as error:
        refused(request, error)
        return redirect(version)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=attached(version, form))


def attached(version: StandardVersion, form: str) -> dict[str, str]:
    name = f"{version.standard.name}-{version.version}.{EXPORTS[form]}"
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@login_required
@require_GET
def standard_version_document(request: HttpRequest, uid: str) -> HttpResponse:
    """The stored bytes, exactly as given."""
    version = version_seen(request, uid)
    document = bytes(version.document)
    return HttpResponse(document, content_type="application/yaml", headers=attached(version, "odcs"))
