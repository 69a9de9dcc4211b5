"""Recipes, cleaning and splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from django.utils.translation import gettext as _

from catalog import exceptions as errors
from catalog import permissions, tasks
from catalog.actions.checks import references_given
from catalog.actions.wording import clean_name, clean_title
from catalog.choices import (
    Derivation,
    SplitPart,
)
from catalog.models import (
    CleaningRun,
    Dataset,
    DatasetVersion,
    DerivationRun,
    Recipe,
    RecipeVersion,
)
from catalog.permissions import allow, require_seen
from catalog.recipe_text import read_recipe
from catalog.services import derivations, recipes
from governance.models import User
from governance.outbox import wake_on_commit
from governance.refusals import governed


@governed("recipe.draft")
def recipe_draft(
    *, actor: User, name: str, title: str, document: bytes, title_zh: str = "", note: str = ""
) -> RecipeVersion:
    """Store a version of a recipe, opening the recipe where it is new. Raises RecipeInvalid, NameTaken."""
    name = clean_name(name)
    recipe = Recipe.objects.filter(name=name).first()
    allow(permissions.may_write_recipe(actor, recipe))
    text = read_recipe(document)
    return recipes.recipe_version_create(
        actor=actor,
        recipe=recipe,
        name=name,
        title=clean_title(title),
        title_zh=title_zh,
        version=text.version,
        document=document,
        digest=text.digest,
        steps=text.kinds,
        note=note,
    )


@governed("cleaning.request")
def cleaning_request(
    *,
    actor: User,
    version: DatasetVersion,
    recipe_version: RecipeVersion,
    target: Dataset | None = None,
    references: Mapping[str, str] | None = None,
) -> CleaningRun:
    """Ask for a recipe to be applied: a new version of `target` (the same dataset if none is named)."""
    require_seen(actor, version.dataset)
    into = target or version.dataset
    require_seen(actor, into)
    allow(permissions.may_clean(actor, version.dataset) and permissions.may_upload(actor, into))
    if into.archived_at is not None:
        raise errors.DatasetArchived(name=into.name)
    run = recipes.cleaning_start(
        actor=actor,
        version=version,
        recipe_version=recipe_version,
        target=into,
        references=references_given(actor, version, references),
    )
    wake_on_commit(partial(tasks.cleaning_run.delay, run.uid))
    return run


@governed("split.request")
def split_request(
    *,
    actor: User,
    versions: Sequence[DatasetVersion],
    targets: Mapping[str, Dataset],
    left: Sequence[str],
    right: Sequence[str],
    shares: Mapping[str, int] | None = None,
    seed: int = 0,
) -> DerivationRun:
    """Ask for a record-disjoint split of pairs: no left and no right record stands in two parts.

    `left` and `right` are the columns that make up a record on either side; `shares` percent per part, adding
    up to 100 (default train 60, valid 20, test 20); `targets` the dataset each part becomes a version of.
    """
    if not versions:
        raise errors.SplitInvalid(detail=_("no version"))
    for dataset in {v.dataset for v in versions} | set(targets.values()):
        require_seen(actor, dataset)
        allow(permissions.may_clean(actor, dataset))
        if dataset.archived_at is not None:
            raise errors.DatasetArchived(name=dataset.name)
    parts = dict(shares or {SplitPart.TRAIN: 60, SplitPart.VALID: 20, SplitPart.TEST: 20})
    _check_split(versions, targets, [*left, *right], parts)
    run = derivations.derivation_start(
        actor=actor,
        kind=Derivation.RECORD_DISJOINT_SPLIT,
        versions=versions,
        parameters={"left": list(left), "right": list(right), "shares": parts, "seed": seed},
        targets=targets,
    )
    wake_on_commit(partial(tasks.derivation_run.delay, run.uid))
    return run


def _check_split(
    versions: Sequence[DatasetVersion],
    targets: Mapping[str, Dataset],
    columns: Sequence[str],
    shares: Mapping[str, int],
) -> None:
    """Raises SplitInvalid for anything the worker would stumble over."""
    if set(shares) - set(SplitPart.values) or set(shares) != set(targets):
        raise errors.SplitInvalid(detail=_("each part needs a share and a dataset"))
    if any(s <= 0 for s in shares.values()) or sum(shares.values()) != 100:
        raise errors.SplitInvalid(detail=_("shares are whole percents that add up to 100"))
    if not columns:
        raise errors.SplitInvalid(detail=_("no columns"))
    for version in versions:
        missing = set(columns) - set(version.columns.values_list("name", flat=True))
        if missing:
            raise errors.SplitInvalid(detail=f"{version}: {', '.join(sorted(missing))}")
