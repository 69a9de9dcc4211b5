"""What the catalogue registers about its subjects (called from CatalogConfig.ready)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog import panels
from catalog.choices import SuggestionState
from catalog.models import (
    CleaningRun,
    Column,
    Dataset,
    DatasetVersion,
    DerivationRun,
    Incident,
    IngestRun,
    RecipeVersion,
    RuleOutcome,
    Source,
    SuggestionAnswer,
    ValidationRun,
)
from catalog.selectors import contract_digest
from catalog.services.suggestions import answer_content
from catalog.services.validation import outcomes_digest, report_digest, run_content
from catalog.services.versions import version_content
from governance import ledger, notices, registry
from governance.choices import JobState
from governance.models import LedgerEntry
from governance.record.canonical import canonical_bytes, sha256_hex


def _titled(model: Any, *related: str) -> Callable[[str], str | None]:
    def title(uid: str) -> str | None:
        row = model.objects.select_related(*related).filter(uid=uid).first()
        return str(row) if row else None

    return title


def _page(url_name: str) -> Callable[[str], str]:
    return lambda uid: reverse(url_name, args=[uid])


def _visible(model: Any) -> Callable[[Any, str], bool]:
    return lambda user, uid: bool(model.objects.visible_to(user).filter(uid=uid).exists())


def _dataset_digest(uid: str) -> str:
    row = Dataset.objects.select_related("standard").filter(uid=uid).first()
    return contract_digest(row) if row else ""


def _stored_digest(model: Any) -> Callable[[str], str]:
    return lambda uid: model.objects.filter(uid=uid).values_list("digest", flat=True).first() or ""


def _recipe_digest(uid: str) -> str:
    """Recomputed from the stored bytes: a version changed behind its back is another subject."""
    row = RecipeVersion.objects.filter(uid=uid).first()
    return f"sha256:{sha256_hex(bytes(row.document))}" if row else ""


def _no_digest(_uid: str) -> str:
    return ""


def verify_versions() -> Iterator[tuple[str, str]]:
    """Each version's row and columns against the ledger entry that sealed them."""
    entries = LedgerEntry.objects.filter(type="dataset_version.created", accepted=True)
    sealed = {e.subject_id: (e.subject_digest, e.data) for e in entries.iterator()}
    for version in DatasetVersion.objects.select_related("dataset").iterator():
        columns = list(Column.objects.filter(version=version))
        content = canonical_bytes(version_content(version, columns)).decode()
        if sealed.pop(version.uid, None) != (version.digest, content):
            yield f"dataset_version {version}", "row_differs"
    for uid in sealed:
        yield f"dataset_version {uid}", "row_missing"


def verify_validations() -> Iterator[tuple[str, str]]:
    """Each finished run and its outcomes against the ledger."""
    entries = LedgerEntry.objects.filter(type="validation.finished", accepted=True)
    sealed = {ledger.data_of(e)["run"]: e.data for e in entries.iterator()}
    runs = ValidationRun.objects.filter(state=JobState.SUCCEEDED).select_related("standard_version")
    for run in runs.defer("standard_version__document").iterator():
        content = canonical_bytes(run_content(run)).decode()
        outcomes = list(RuleOutcome.objects.filter(run=run))
        if sealed.pop(run.uid, None) != content or outcomes_digest(outcomes) != run.outcomes_digest:
            yield f"validation_run {run.uid}", "row_differs"
        elif report_digest(run) != run.report_digest:
            yield f"validation_run {run.uid}", "report_differs"
    for uid in sealed:
        yield f"validation_run {uid}", "row_missing"


def verify_answers() -> Iterator[tuple[str, str]]:
    """Each answer to a suggested rule against its entry: none may vanish, none may be slipped in."""
    types = [f"suggestion.{state}" for state in SuggestionState.values]
    entries = LedgerEntry.objects.filter(type__in=types, accepted=True)
    sealed = {ledger.data_of(e)["suggestion"]: (e.type, e.data) for e in entries.iterator()}
    rows = SuggestionAnswer.objects.select_related("suggestion__run", "standard_version")
    for row in rows.defer("standard_version__document").iterator():
        told = (f"suggestion.{row.answer}", canonical_bytes(answer_content(row)).decode())
        if sealed.pop(row.suggestion.uid, None) != told:
            yield f"answer {row.suggestion.uid}", "row_differs"
    for uid in sealed:
        yield f"answer {uid}", "row_missing"


def verify_recipes() -> Iterator[tuple[str, str]]:
    """Each recipe version's bytes against the digest stored and the one in the ledger."""
    entries = LedgerEntry.objects.filter(type="recipe_version.drafted", accepted=True)
    sealed = dict(entries.values_list("subject_id", "subject_digest"))
    for version in RecipeVersion.objects.iterator():
        digest = f"sha256:{sha256_hex(bytes(version.document))}"
        if digest != version.digest or sealed.get(version.uid) != digest:
            yield f"recipe_version {version.uid}", "digest_differs"


def _register_kinds() -> None:
    version = ("version__dataset",)
    checked = (*version, "standard_version__standard")
    cleaned = (*version, "recipe_version__recipe")
    kinds: tuple[tuple[str, Any, Any, tuple[str, ...], str, Callable[[str], str]], ...] = (
        ("source", _("Source"), Source, (), "catalog:source", _no_digest),
        ("dataset", _("Dataset"), Dataset, (), "catalog:dataset", _dataset_digest),
        (
            "dataset_version",
            _("Dataset version"),
            DatasetVersion,
            ("dataset",),
            "catalog:version",
            _stored_digest(DatasetVersion),
        ),
        (
            "recipe_version",
            _("Recipe version"),
            RecipeVersion,
            ("recipe",),
            "catalog:recipe_version",
            _recipe_digest,
        ),
        ("validation_run", _("Validation run"), ValidationRun, checked, "catalog:validation_run", _no_digest),
        ("cleaning_run", _("Cleaning run"), CleaningRun, cleaned, "catalog:cleaning_run", _no_digest),
        ("derivation_run", _("Derivation run"), DerivationRun, version, "catalog:derivation_run", _no_digest),
        ("ingest_run", _("Upload"), IngestRun, ("dataset",), "catalog:ingest_run", _no_digest),
        ("incident", _("Incident"), Incident, ("dataset",), "catalog:incident", _no_digest),
    )
    for word, label, model, related, url_name, digest in kinds:
        registry.register_kind(
            registry.SubjectKind(
                word,
                label,
                _titled(model, *related),
                _page(url_name),
                _visible(model),
                digest,
                shown=registry.shown_rows(model, *related),
            )
        )


def _open_incidents(user: Any) -> int:
    return Incident.objects.visible_to(user).open().count()


def _register_menu() -> None:
    entries = (
        ("data", _("Catalogue"), "catalog:datasets", "database", 10, None),
        ("data", _("Validation"), "catalog:validation_runs", "shield-check", 30, None),
        ("data", _("Recipes"), "catalog:recipes", "flask-conical", 40, None),
        ("data", _("Incidents"), "catalog:incidents", "triangle-alert", 50, _open_incidents),
    )
    for group, label, url_name, icon, order, count in entries:
        registry.register_menu(registry.MenuEntry(group, label, url_name, icon, order, count))


_register_kinds()
_register_menu()
for _panel in panels.PANELS:
    registry.register_panel(_panel)
for _columns in panels.COLUMNS:
    registry.register_columns(_columns)
for _verifier in (verify_versions, verify_validations, verify_recipes, verify_answers):
    registry.register_verifier(_verifier)
notices.register_words(
    "blocker_failed",
    _("%(title)s does not meet its standard: %(count)s blocking rules failed. Its gate is closed."),
)
notices.register_words(
    "version_bytes_changed",
    _("The stored bytes of %(title)s no longer match its digest. Its gate is closed."),
)
