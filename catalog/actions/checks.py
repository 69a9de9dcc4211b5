"""Checks of versions, tried standards, and answers to suggested rules."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.utils.translation import gettext as _

from catalog import exceptions as errors
from catalog import permissions, selectors, tasks
from catalog.actions.wording import engine_for, known
from catalog.choices import (
    EnginePolicy,
    EngineReason,
    SuggestionState,
)
from catalog.models import (
    Dataset,
    DatasetVersion,
    RuleSuggestion,
    SuggestionAnswer,
    ValidationRun,
)
from catalog.permissions import allow, require_seen
from catalog.selectors.suggestions import draft_for
from catalog.services import suggestions, validation
from governance.actions import standard_branch, standard_edit
from governance.exceptions import InvalidInput, StandardNotInForce
from governance.models import Standard, StandardVersion, User
from governance.outbox import wake_on_commit
from governance.permissions import may_write_standard
from governance.refusals import governed
from governance.selectors import version_in_force

DRY_RUN_ROWS = 10_000
DRY_RUN_MOST_ROWS = 10_000_000


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
        references=references_given(actor, version, references),
        previous=previous or previous_version(version),
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
        references=references_given(actor, version, references),
        previous=previous_version(version),
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
        known("engine", asked, EnginePolicy.values)
    policy = asked or version.dataset.validation_engine
    name, reason = engine_for(policy, version.bytes)
    if asked and reason == EngineReason.POLICY:
        reason = EngineReason.ASKED
    return validation.ChosenEngine(policy, name, reason)


def references_given(actor: User, version: DatasetVersion, given: Mapping[str, str] | None) -> dict[str, str]:
    """Resolved names; each given one must be a version the actor may see. Raises ReferenceUnknown."""
    visible = DatasetVersion.objects.visible_to(actor)
    for name, uid in (given or {}).items():
        if not visible.filter(uid=str(uid)).exists():
            raise errors.ReferenceUnknown(name=name)
    found = selectors.references_for(version)
    seen = set(visible.filter(uid__in=found.values()).values_list("uid", flat=True))
    return {name: uid for name, uid in found.items() if uid in seen} | dict(given or {})


def previous_version(version: DatasetVersion) -> DatasetVersion | None:
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
