"""What a person or program may do in the catalogue: check permission, call the service, enqueue on commit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import IO, Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import exceptions as errors
from catalog import permissions, selectors, tasks
from catalog.choices import (
    Derivation,
    Domain,
    EnginePolicy,
    EngineReason,
    Role,
    SourceKind,
    SplitPart,
    SuggestionState,
)
from catalog.engine_choice import choose_engine
from catalog.models import (
    CleaningRun,
    Dataset,
    DatasetVersion,
    DerivationRun,
    Incident,
    IngestRun,
    Ownership,
    Recipe,
    RecipeVersion,
    RuleSuggestion,
    Source,
    SuggestionAnswer,
    ValidationRun,
)
from catalog.permissions import allow, may_see, require_seen
from catalog.recipe_text import read_recipe
from catalog.selectors.suggestions import draft_for
from catalog.services import assets, derivations, incidents, jobs, recipes, suggestions, uploads, validation
from governance.actions import standard_branch, standard_edit
from governance.choices import Level
from governance.exceptions import DomainError, InvalidInput, NotFound, StandardNotInForce
from governance.models import Job, Standard, StandardVersion, User
from governance.outbox import wake_on_commit
from governance.permissions import may_write_standard
from governance.refusals import governed, refusal_record
from governance.selectors import version_in_force

SLUG = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
DRY_RUN_ROWS = 10_000
DRY_RUN_MOST_ROWS = 10_000_000
CHANGEABLE = frozenset(
    {
        "title",
        "title_zh",
        "description",
        "description_zh",
        "source",
        "level",
        "domain",
        "standard",
        "object_name",
        "validation_engine",
    }
)


def _clean_name(name: str) -> str:
    text = name.strip()
    if not text or len(text) > 80 or not set(text.lower()) <= SLUG:
        raise InvalidInput(field="name", reason=_("Latin letters, digits, - and _, at most 80"))
    return text


def _clean_title(title: str) -> str:
    if not title.strip():
        raise InvalidInput(field="title", reason=_("empty"))
    return title.strip()[:200]


def _known(field: str, value: object, values: Sequence[object]) -> None:
    if value not in values:
        raise InvalidInput(field=field, reason=_("unknown"))


def _standard(name: str) -> Standard | None:
    """The standard of a name, None for no name. Raises StandardUnknown."""
    if not name:
        return None
    found = Standard.objects.filter(name=name).first()
    if found is None:
        raise errors.StandardUnknown(name=name)
    return found


@governed("source.register")
def source_register(
    *,
    actor: User,
    name: str,
    title: str,
    title_zh: str = "",
    kind: str = SourceKind.FILES,
    description: str = "",
    description_zh: str = "",
    schedule: str = "",
    licence: str = "",
) -> Source:
    allow(permissions.may_register(actor))
    _known("kind", kind, SourceKind.values)
    return assets.source_register(
        actor=actor,
        name=_clean_name(name),
        title=_clean_title(title),
        title_zh=title_zh,
        kind=kind,
        description=description,
        description_zh=description_zh,
        schedule=schedule,
        licence=licence,
    )


@governed("dataset.register")
def dataset_register(
    *,
    actor: User,
    name: str,
    title: str,
    owner: User,
    steward: User,
    title_zh: str = "",
    description: str = "",
    description_zh: str = "",
    source: Source | None = None,
    level: int = Level.INTERNAL,
    domain: str = Domain.OTHER,
    standard_name: str = "",
    object_name: str = "",
) -> Dataset:
    """Register a dataset with its owner and steward. Raises NotPermitted, InvalidInput, StandardUnknown,
    NameTaken."""
    allow(permissions.may_register(actor))
    _known("level", level, Level.values)
    _known("domain", domain, Domain.values)
    for field, person in (("owner", owner), ("steward", steward)):
        if not person.is_active:
            raise InvalidInput(field=field, reason=_("not active"))
    return assets.dataset_register(
        actor=actor,
        name=_clean_name(name),
        title=_clean_title(title),
        title_zh=title_zh,
        description=description,
        description_zh=description_zh,
        source=source,
        level=int(level),
        domain=domain,
        standard=_standard(standard_name),
        object_name=object_name.strip(),
        owner=owner,
        steward=steward,
    )


@governed("dataset.change")
def dataset_change(*, actor: User, dataset: Dataset, **changes: Any) -> Dataset:
    """Change words, source, standard (`standard_name`), object, domain, level or the engine of checks.

    The level may be raised by owner and steward; lowering it takes the governance team.
    """
    require_seen(actor, dataset)
    allow(permissions.may_change(actor, dataset))
    if "standard_name" in changes:
        changes["standard"] = _standard(changes.pop("standard_name"))
    unknown = set(changes) - CHANGEABLE
    if unknown or not changes:
        raise InvalidInput(field=", ".join(sorted(unknown)) or "changes", reason=_("unknown or empty"))
    if "title" in changes:
        changes["title"] = _clean_title(changes["title"])
    if "domain" in changes:
        _known("domain", changes["domain"], Domain.values)
    if "level" in changes:
        _known("level", changes["level"], Level.values)
        raised = int(changes["level"]) >= dataset.level
        allow(raised or permissions.has_function(actor, "governance"))
    if "validation_engine" in changes:
        _known("validation_engine", changes["validation_engine"], EnginePolicy.values)
        _engine_for(changes["validation_engine"], 0)
    return assets.dataset_change(actor=actor, dataset=dataset, changes=changes)


@governed("dataset.archive")
def dataset_archive(*, actor: User, dataset: Dataset) -> None:
    require_seen(actor, dataset)
    allow(permissions.may_assign_roles(actor, dataset))
    assets.dataset_archive(actor=actor, dataset=dataset)


@governed("ownership.start")
def ownership_start(
    *, actor: User, dataset: Dataset, user: User, role: str, since: dt.date | None = None
) -> Ownership:
    require_seen(actor, dataset)
    allow(permissions.may_assign_roles(actor, dataset))
    _known("role", role, Role.values)
    if not user.is_active:
        raise InvalidInput(field="user", reason=_("not active"))
    return assets.ownership_start(actor=actor, dataset=dataset, user=user, role=role, since=since)


@governed("ownership.end")
def ownership_end(*, actor: User, ownership: Ownership, until: dt.date | None = None) -> None:
    """End a role. Raises LastOwner: a dataset is never left without one."""
    dataset = ownership.dataset
    require_seen(actor, dataset)
    allow(permissions.may_assign_roles(actor, dataset))
    others = Ownership.objects.current().filter(dataset=dataset, role=Role.OWNER, until=None)
    if ownership.role == Role.OWNER and not others.exclude(pk=ownership.pk).exists():
        raise errors.LastOwner
    assets.ownership_end(actor=actor, ownership=ownership, until=until or timezone.localdate())


@governed("version.upload")
def _upload_check(*, actor: User, dataset: Dataset) -> None:
    require_seen(actor, dataset)
    allow(permissions.may_upload(actor, dataset))
    if dataset.archived_at is not None:
        raise errors.DatasetArchived(name=dataset.name)


@governed("version.upload")
def _upload_accept(
    *, actor: User, dataset: Dataset, received: uploads.ReceivedUpload, label: str
) -> IngestRun:
    run = uploads.ingest_start(actor=actor, dataset=dataset, received=received, label=label.strip()[:40])
    wake_on_commit(partial(tasks.ingest_run.delay, run.uid))
    return run


def version_upload(
    *,
    actor: User,
    dataset: Dataset,
    stream: IO[bytes],
    filename: str,
    label: str = "",
    announced: int | None = None,
) -> IngestRun:
    """Receive a file and start the job that reads it; the version appears when that succeeds.

    The bytes are streamed before any transaction opens: a slow upload must not hold the database's writer.
    Raises NotPermitted, NotFound, DatasetArchived and the refusals of `uploads.upload_receive`.
    """
    _upload_check(actor=actor, dataset=dataset)
    try:
        received = uploads.upload_receive(stream=stream, filename=filename, announced=announced)
    except DomainError as error:
        refusal_record(name="version.upload", actor=actor, error=error)
        raise
    try:
        return _upload_accept(actor=actor, dataset=dataset, received=received, label=label)
    except BaseException:
        uploads.upload_discard(received.name)
        raise


@governed("validation.request")
def validation_request(
    *,
    actor: User,
    version: DatasetVersion,
    references: Mapping[str, str] | None = None,
    standard_version: StandardVersion | None = None,
    previous: DatasetVersion | None = None,
    engine: str = "",
) -> ValidationRun:
    """Ask for a check of a version against its standard in force, or a dry run against another version of it.

    `references`: name → version uid; names left out stand for the newest versions under the same standard.
    `engine`: auto, polars or spark for this check; empty is what the dataset's policy says.
    Raises NotPermitted, NotFound, DatasetWithoutStandard, StandardNotInForce, ReferenceUnknown,
    SparkNotConfigured.
    """
    dataset = version.dataset
    require_seen(actor, dataset)
    allow(permissions.may_validate(actor, dataset))
    standard = dataset.standard
    if standard is None:
        raise errors.DatasetWithoutStandard(name=dataset.name)
    law = standard_version or version_in_force(standard.name)
    if law is None:
        raise StandardNotInForce(name=standard.name)
    if law.standard_id != standard.pk:
        raise InvalidInput(field="standard_version", reason=_("of another standard"))
    run = validation.validation_start(
        actor=actor,
        version=version,
        standard_version=law,
        references=_references(actor, version, references),
        previous=previous or _previous(version),
        engine=_engine(version, engine),
    )
    wake_on_commit(partial(tasks.validation_run.delay, run.uid))
    return run


@governed("validation.dry_run")
def validation_dry_run(
    *,
    actor: User,
    version: DatasetVersion,
    standard_version: StandardVersion,
    object_name: str = "",
    rows: int | None = DRY_RUN_ROWS,
    references: Mapping[str, str] | None = None,
) -> ValidationRun:
    """Try any version of a standard, drafts included, on the first `rows` rows of a version (None: all).

    Decides nothing: no gate, no incident, no profile comes of it. Columns known to be sensitive stay masked
    whatever the tried text says. Raises NotPermitted, NotFound, InvalidInput, ReferenceUnknown.
    """
    dataset = version.dataset
    require_seen(actor, dataset)
    allow(permissions.may_validate(actor, dataset))
    if rows is not None and not 1 <= rows <= DRY_RUN_MOST_ROWS:
        reason = _("a whole number from 1 to %(most)s") % {"most": DRY_RUN_MOST_ROWS}
        raise InvalidInput(field="rows", reason=reason)
    run = validation.validation_start(
        actor=actor,
        version=version,
        standard_version=standard_version,
        references=_references(actor, version, references),
        previous=_previous(version),
        # A sample is read by the embedded engine: it needs no cluster.
        engine=_engine(version, EnginePolicy.POLARS if rows is not None else ""),
        dry=validation.DryRun(_object_tried(standard_version, dataset, object_name), rows),
    )
    wake_on_commit(partial(tasks.validation_run.delay, run.uid))
    return run


def validation_again(*, actor: User, run: ValidationRun) -> ValidationRun:
    """The same check once more, a dry run as a dry run. Raises as the action it is."""
    if run.dry_run:
        return validation_dry_run(
            actor=actor,
            version=run.version,
            standard_version=run.standard_version,
            object_name=run.object_name,
            rows=run.sample_rows,
            references=run.references,
        )
    return validation_request(
        actor=actor,
        version=run.version,
        references=run.references,
        standard_version=run.standard_version,
        previous=run.previous,
        engine=run.engine_asked,
    )


def _object_tried(law: StandardVersion, dataset: Dataset, wanted: str) -> str:
    """The object named, else the dataset's own, else the only one. Raises InvalidInput."""
    names = sorted(set(law.rules.values_list("object_name", flat=True)))
    chosen = wanted or (dataset.object_name if dataset.object_name in names else "")
    if not chosen and len(names) == 1:
        return names[0]
    if chosen not in names:
        raise InvalidInput(field="object_name", reason=_("one of: %(names)s") % {"names": ", ".join(names)})
    return chosen


def _engine(version: DatasetVersion, asked: str) -> validation.ChosenEngine:
    """The engine of a check and why. Raises InvalidInput, SparkNotConfigured."""
    if asked:
        _known("engine", asked, EnginePolicy.values)
    policy = asked or version.dataset.validation_engine
    name, reason = _engine_for(policy, version.bytes)
    if asked and reason == EngineReason.POLICY:
        reason = EngineReason.ASKED
    return validation.ChosenEngine(policy, name, reason)


def _engine_for(policy: str, size: int) -> tuple[str, str]:
    return choose_engine(policy, size, settings.GAVEL_SPARK_MASTER, settings.GAVEL_SPARK_ABOVE_BYTES)


def _references(actor: User, version: DatasetVersion, given: Mapping[str, str] | None) -> dict[str, str]:
    """Resolved names; each given one must be a version the actor may see. Raises ReferenceUnknown."""
    visible = DatasetVersion.objects.visible_to(actor)
    for name, uid in (given or {}).items():
        if not visible.filter(uid=str(uid)).exists():
            raise errors.ReferenceUnknown(name=name)
    found = selectors.references_for(version)
    seen = set(visible.filter(uid__in=found.values()).values_list("uid", flat=True))
    return {name: uid for name, uid in found.items() if uid in seen} | dict(given or {})


def _previous(version: DatasetVersion) -> DatasetVersion | None:
    """The version before, of the same label: parts of a split are never each other's past."""
    rows = DatasetVersion.objects.filter(
        dataset=version.dataset, label=version.label, number__lt=version.number
    )
    return rows.order_by("-number").first()


def suggestion_accept(*, actor: User, suggestion: RuleSuggestion) -> StandardVersion:
    """Put a suggested rule into the newest draft of the dataset's standard; one is started if there is none.

    The rule is in the draft before the answer is stored, as the text is compiled outside any transaction; a
    repeated rule is merged with itself. Raises NotPermitted, NotFound, SuggestionAnswered,
    SuggestionOutdated, StandardStale, StandardInvalid.
    """
    law = _answer_check(actor=actor, suggestion=suggestion)
    draft = draft_for(suggestion.version.dataset)
    if draft is None:
        base = version_in_force(law.name) or suggestion.run.standard_version
        number = {"number": suggestion.version.number}
        note = _("Suggested by the profile of version %(number)s") % number
        draft = standard_branch(actor=actor, version=base, note=note)
    edited = standard_edit(actor=actor, version=draft, digest=draft.digest, changes=[suggestion.change])
    return _accept_store(actor=actor, suggestion=suggestion, draft=edited)


@governed("suggestion.answer")
def _answer_check(*, actor: User, suggestion: RuleSuggestion) -> Standard:
    """The standard the suggestion is about, which the actor may write."""
    dataset = suggestion.version.dataset
    require_seen(actor, dataset)
    allow(may_write_standard(actor, dataset.standard))
    if suggestion.answered is not None:
        raise errors.SuggestionAnswered
    if dataset.standard is None or dataset.standard_id != suggestion.run.standard_version.standard_id:
        raise errors.SuggestionOutdated
    return dataset.standard


@governed("suggestion.answer")
def _accept_store(*, actor: User, suggestion: RuleSuggestion, draft: StandardVersion) -> StandardVersion:
    suggestions.suggestion_answer(
        actor=actor, suggestion=suggestion, answer=SuggestionState.ACCEPTED, standard_version=draft
    )
    return draft


@governed("suggestion.answer")
def suggestion_reject(*, actor: User, suggestion: RuleSuggestion, reason: str) -> SuggestionAnswer:
    """Say why a rule is not wanted: its like is not suggested again until the evidence has changed.

    Raises NotPermitted, NotFound, InvalidInput, SuggestionAnswered, SuggestionOutdated.
    """
    _answer_check(actor=actor, suggestion=suggestion)
    words = reason.strip()
    if not words:
        raise InvalidInput(field="reason", reason=_("empty"))
    if len(words) > 500 or "\x00" in words:
        raise InvalidInput(field="reason", reason=_("at most 500 characters"))
    return suggestions.suggestion_answer(
        actor=actor, suggestion=suggestion, answer=SuggestionState.REJECTED, reason=words
    )


@governed("recipe.draft")
def recipe_draft(
    *, actor: User, name: str, title: str, document: bytes, title_zh: str = "", note: str = ""
) -> RecipeVersion:
    """Store a version of a recipe, opening the recipe where it is new. Raises RecipeInvalid, NameTaken."""
    name = _clean_name(name)
    recipe = Recipe.objects.filter(name=name).first()
    allow(permissions.may_write_recipe(actor, recipe))
    text = read_recipe(document)
    return recipes.recipe_version_create(
        actor=actor,
        recipe=recipe,
        name=name,
        title=_clean_title(title),
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
        references=_references(actor, version, references),
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


@governed("job.cancel")
def run_cancel(*, actor: User, run: Job) -> None:
    """Stop a job of the catalogue: a waiting one at once, a running one at its next heartbeat. Raises
    JobOver."""
    dataset = dataset_of(run)
    require_seen(actor, dataset)
    allow(permissions.may_cancel(actor, run, dataset))
    jobs.job_cancel(actor=actor, job=run)


def dataset_of(run: Job) -> Dataset:
    """The dataset whose rights guard a job."""
    if isinstance(run, IngestRun):
        return run.dataset
    if isinstance(run, ValidationRun | CleaningRun | DerivationRun):
        return run.version.dataset
    raise NotFound


@governed("incident.resolve")
def incident_resolve(*, actor: User, incident: Incident, note: str) -> Incident:
    """Close an incident with a word on what was done. Raises NotPermitted, InvalidInput, IncidentResolved."""
    if not may_see(actor, incident.dataset):
        raise NotFound
    allow(permissions.may_resolve(actor, incident))
    if not note.strip():
        raise InvalidInput(field="note", reason=_("empty"))
    return incidents.incident_resolve(actor=actor, incident=incident, note=note.strip())
