"""Writing recipes, and cleaning runs with their new version and quarantine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction

from catalog.exceptions import Conflict, NameTaken, RowsUnbalanced
from catalog.models import CleaningRun, Dataset, DatasetVersion, Quarantine, Recipe, RecipeVersion
from catalog.processing.stored import CleanedRows, StoredVersion
from catalog.services.jobs import job_ref
from catalog.services.versions import version_create, version_ref
from governance import jobs, ledger
from governance.choices import JobState
from governance.models import User
from governance.subject_ref import SubjectRef


def recipe_ref(version: RecipeVersion) -> SubjectRef:
    return SubjectRef("recipe_version", version.uid, version.digest)


def recipe_version_create(
    *,
    actor: User,
    recipe: Recipe | None,
    name: str,
    title: str,
    title_zh: str,
    version: str,
    document: bytes,
    digest: str,
    steps: Sequence[str],
    note: str = "",
) -> RecipeVersion:
    """Store a version of a recipe, opening the recipe first where it is new. Raises NameTaken."""
    try:
        with transaction.atomic():
            held = recipe or Recipe.objects.create(name=name, title=title, title_zh=title_zh, owner=actor)
            row = RecipeVersion.objects.create(
                recipe=held,
                version=version,
                document=document,
                digest=digest,
                steps=list(steps),
                note=note,
                created_by=actor,
            )
            data = {"recipe": held.uid, "name": held.name, "version": version, "steps": list(steps)}
            ledger.append(type="recipe_version.drafted", actor=actor, subject=recipe_ref(row), data=data)
    except IntegrityError as error:
        raise NameTaken(name=f"{name} {version}") from error
    return row


@transaction.atomic
def cleaning_start(
    *,
    actor: User,
    version: DatasetVersion,
    recipe_version: RecipeVersion,
    target: Dataset,
    references: Mapping[str, str],
) -> CleaningRun:
    """Write the job that will apply a recipe to a version."""
    run = CleaningRun.objects.create(
        version=version,
        recipe_version=recipe_version,
        target=target,
        references=dict(references),
        requested_by=actor,
        progress_total=len(recipe_version.steps),
    )
    data = {"run": run.uid, "recipe_version": recipe_version.uid, "recipe_digest": recipe_version.digest}
    ledger.append(type="cleaning.requested", actor=actor, subject=version_ref(version), data=data)
    return run


@transaction.atomic
def cleaning_store(*, run: CleaningRun, stored: StoredVersion, cleaned: CleanedRows) -> DatasetVersion:
    """Write the new version, its quarantine and the edge between, and end the run.

    Raises RowsUnbalanced unless rows in = rows out + quarantined, counted once more against our own rows;
    Conflict when another attempt holds the run.
    """
    balanced = cleaned.rows_in == cleaned.rows_out + cleaned.rows_quarantined
    if not balanced or run.version.rows != cleaned.rows_in or stored.rows != cleaned.rows_out:
        raise RowsUnbalanced
    version = version_create(
        actor=run.requested_by,
        dataset=run.target,
        stored=stored,
        made_by=job_ref(run),
        label=run.version.label,
        sources=[version_ref(run.version)],
    )
    CleaningRun.objects.filter(pk=run.pk).update(
        output=version,
        rows_in=cleaned.rows_in,
        rows_out=cleaned.rows_out,
        rows_quarantined=cleaned.rows_quarantined,
        steps=[dict(step) for step in cleaned.steps],
        progress_done=len(cleaned.steps),
        progress_total=len(cleaned.steps),
    )
    quarantine = Quarantine.objects.create(
        run=run,
        version=run.version,
        path=cleaned.quarantine_path,
        digest=cleaned.quarantine_digest,
        rows=cleaned.rows_quarantined,
        reasons=dict(cleaned.reasons),
        levels=dict(cleaned.levels),
        level=max(cleaned.levels.values(), default=run.version.dataset.level),
    )
    if not jobs.move(run, JobState.SUCCEEDED):
        raise Conflict
    run.refresh_from_db()
    data = {
        "run": run.uid,
        "recipe_digest": run.recipe_version.digest,
        "rows_in": cleaned.rows_in,
        "rows_out": cleaned.rows_out,
        "rows_quarantined": cleaned.rows_quarantined,
        "quarantine": quarantine.digest,
    }
    ledger.append(type="cleaning.finished", actor=None, subject=version_ref(version), data=data)
    return version
