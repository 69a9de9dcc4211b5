"""Rows and facts of the catalogue's pages, read a whole page at once: no list costs a query per row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from catalog.choices import Role
from catalog.models import (
    Column,
    Dataset,
    DatasetVersion,
    Ownership,
    Profile,
    Recipe,
    RecipeVersion,
    RuleOutcome,
    ValidationRun,
)
from catalog.selectors.gates import UNKNOWN, Gate, gates_of
from catalog.selectors.versions import latest_versions
from governance.models import User

HISTORY = 30


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A dataset as the catalogue lists it: newest version, its gate, and who cares for it."""

    dataset: Dataset
    version: DatasetVersion | None
    gate: Gate
    owner: User | None
    steward: User | None


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column with its statistics; `hidden` where its values are masked."""

    column: Column
    facts: dict[str, Any]
    hidden: bool
    passed: int
    unmet: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version as a list shows it."""

    version: DatasetVersion
    gate: Gate


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """A recipe with its newest version."""

    recipe: Recipe
    version: RecipeVersion | None
    runs: int


def dataset_rows(datasets: Sequence[Dataset]) -> list[DatasetRow]:
    """Rows of a page of datasets, in a constant number of queries."""
    latest = latest_versions([d.pk for d in datasets])
    gates = gates_of(list(latest.values()))
    people = _people(datasets)
    return [
        DatasetRow(
            dataset,
            latest.get(dataset.pk),
            gates.get(latest[dataset.pk].uid, UNKNOWN) if dataset.pk in latest else UNKNOWN,
            people.get((dataset.pk, Role.OWNER)),
            people.get((dataset.pk, Role.STEWARD)),
        )
        for dataset in datasets
    ]


def _people(datasets: Sequence[Dataset]) -> dict[tuple[int, str], User]:
    rows = Ownership.objects.current().filter(
        dataset__in=[d.pk for d in datasets], role__in=[Role.OWNER, Role.STEWARD], user__is_active=True
    )
    return {(row.dataset_id, row.role): row.user for row in rows.select_related("user").order_by("-id")}


def datasets_found(user: User, wanted: dict[str, Any]) -> QuerySet[Dataset]:
    """Datasets the user may see that fit a filter: words in name or titles, level, domain, gate."""
    rows = Dataset.objects.visible_to(user).current().select_related("source", "standard")
    if wanted.get("q"):
        q = wanted["q"]
        rows = rows.filter(
            Q(name__icontains=q)
            | Q(title__icontains=q)
            | Q(title_zh__icontains=q)
            | Q(description__icontains=q)
        )
    for field in ("level", "domain"):
        if wanted.get(field):
            rows = rows.filter(**{field: wanted[field]})
    if wanted.get("gate"):
        fits = [row.dataset.pk for row in dataset_rows(list(rows)) if row.gate.state == wanted["gate"]]
        rows = rows.filter(pk__in=fits)
    return rows


def version_rows(versions: Sequence[DatasetVersion]) -> list[VersionRow]:
    gates = gates_of(versions)
    return [VersionRow(version, gates[version.uid]) for version in versions]


def column_rows(version: DatasetVersion, gate: Gate) -> list[ColumnRow]:
    """Columns in file order with profile and the rules on them in the run the gate rests on."""
    profiles = {p.column: p.data for p in Profile.objects.filter(version=version)}
    rules = _rules_by_column(gate.run_uid)
    rows = []
    for column in Column.objects.filter(version=version):
        facts = profiles.get(column.name, {})
        level = max(column.level or 0, facts.get("level") or 0)
        counts = rules.get(column.name, Counter())
        rows.append(ColumnRow(column, facts, level >= 3, counts["passed"], counts["unmet"]))
    return rows


def _rules_by_column(run_uid: str) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for columns, verdict in RuleOutcome.objects.filter(run__uid=run_uid).values_list("columns", "verdict"):
        for name in columns:
            found[name]["passed" if verdict == "passed" else "unmet"] += 1
    return found


def quality_history(dataset: Dataset) -> list[ValidationRun]:
    """Finished checks of a dataset, oldest first, for the score over time."""
    rows = ValidationRun.objects.evidence().filter(version__dataset=dataset).exclude(score="")
    newest = rows.select_related("version", "standard_version__standard").defer("standard_version__document")
    return list(reversed(newest.order_by("-finished_at", "-pk")[:HISTORY]))


def recipe_rows(recipes: Sequence[Recipe]) -> list[RecipeRow]:
    versions = (
        RecipeVersion.objects.filter(recipe__in=[r.pk for r in recipes])
        .defer("document")
        .annotate(run_count=Count("cleaning_runs"))
        .order_by("created_at", "id")
    )
    newest: dict[int, RecipeVersion] = {}
    runs: Counter[int] = Counter()
    for version in versions:
        newest[version.recipe_id] = version
        runs[version.recipe_id] += getattr(version, "run_count", 0)
    return [RecipeRow(recipe, newest.get(recipe.pk), runs[recipe.pk]) for recipe in recipes]
