"""Why a run waits or ended, in the reader's words: code, what it means, what to do. Engines bring their own
words.

One table for page, list and API: a code that is not in it falls back to the words stored with the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ui import words

_NEW_CASE = _(
    "Open a case for a permit on this version and purpose; the run starts by itself once it is given."
)
_TELL = _("Tell the governance team: a record was changed behind its back. Nothing was read.")
_AGAIN = _("Ask for the run again. If it ends the same way, tell who runs the workers.")

_OTHER_METHOD = _("Choose another method, other options or another backbone in a new plan.")
_OTHER_STAGE = _("Leave the stage out or make it smaller, or choose another backbone, in a new plan.")

_TABLE: Mapping[str, tuple[Any, Any]] = {
    "not_asked": (_("The run has just been asked for."), _("It is looked at within 30 seconds.")),
    "permit_missing": (_("No permit covers these bytes for this purpose."), _NEW_CASE),
    "permit_suspended": (
        _("The permit is suspended: a condition that must hold before use is not met."),
        _("Meet the condition on the permit's page; the run starts by itself then."),
    ),
    "permit_expired": (_("The permit has expired."), _NEW_CASE),
    "permit_revoked": (_("The permit was revoked."), _("Read the revocation on the permit's page.")),
    "permit_lapsed": (_("The permit lapsed: a condition was not met in time."), _NEW_CASE),
    "permit_void": (_("The permit is void: its subject or its record changed."), _NEW_CASE),
    "permit_ended": (_("The permit ended with its case."), _NEW_CASE),
    "permit_not_active": (_("The permit is not active."), _NEW_CASE),
    "permit_purpose": (
        _("The permit is for another purpose."),
        _("Use the permitted purpose in a new plan."),
    ),
    "permit_holder": (
        _("The permit belongs to another person or team."),
        _("Let its holder ask for the run."),
    ),
    "permit_job_kind": (_("The permit does not cover this kind of job."), _NEW_CASE),
    "permit_columns": (
        _("The permit does not cover every column the plan reads."),
        _("Leave the columns out in a new plan, or open a case that names them."),
    ),
    "permit_budget": (_("The budget of the permit is spent."), _("Open a case for a further budget.")),
    "permit_signature": (_("The record of the permit does not match its signature."), _TELL),
    "permit_digest": (_("The permit is for other bytes than these."), _NEW_CASE),
    "plan_changed": (_("The plan or an input is not the one that was accepted."), _TELL),
    "gate_not_open": (
        _("The gate of a version is not open."),
        _("Validate the version and resolve what failed, or have it waived; the run starts by itself then."),
    ),
    "dataset_withdrawn": (_("A dataset was withdrawn."), _("Choose a version of a dataset in use.")),
    "bytes_changed": (
        _("The bytes on disk are not the ones the version names."),
        _("An incident is open. Restore the bytes, or upload them as a new version."),
    ),
    "outside_failed": (
        _("The client that trains outside says its run failed."),
        _("Read what it logged; start a new run from there."),
    ),
    "outside_silent": (
        _("Nothing was heard of the client that trains outside for a week."),
        _("Start a new run from the client."),
    ),
    "worker_lost": (_("Its worker stopped."), _("It goes on by itself at its last checkpoint.")),
    "trainer_died": (
        _("The trainer stopped unexpectedly."),
        _("It goes on by itself at its last checkpoint."),
    ),
    "folder_busy": (
        _("An earlier attempt still writes in the folder of the run."),
        _("It goes on by itself when that one has ended."),
    ),
    "device_time_spent": (
        _("The run held its device as long as it may."),
        _("Ask for a run with more device time, or open a case for a further budget."),
    ),
    "too_many_attempts": (_("The trainer stopped again and again without getting further."), _AGAIN),
    "storage_full": (_("The disk of the worker is full."), _("Free space, then ask for the run again.")),
    "storage_unavailable": (_("The worker cannot write the folder of the run."), _AGAIN),
    "result_unreadable": (_("The trainer ended, but its result is not the one of this run."), _AGAIN),
    "card_invalid": (
        _("The model card would not be valid."),
        _("Correct the licence or name of the backbone, and ask for the run again."),
    ),
    "cancelled": (
        _("Somebody stopped the run."),
        _("A checkpoint was kept. Ask for a new run to start over."),
    ),
    "desk_slow": (
        _("The work took longer than half an hour and was given up."),
        _("Ask for it again with fewer columns, or tell who runs the workers."),
    ),
    "desk_died": (
        _("The process that looks at files ended without an answer."),
        _("Ask for it again. If it ends the same way, the files want more memory than a worker may take."),
    ),
    "internal": (_("The run failed for a reason of our own; the log of the worker names it."), _AGAIN),
    "grant.budget_spent": (
        _("The CPU time the run asked for is spent."),
        _("Ask for a run with more CPU time."),
    ),
    "grant.wrong_digest": (
        _("The bytes on disk are not the ones the permit is for."),
        _("Restore the bytes, or upload them as a new version."),
    ),
    "grant.forged": (_("The trainer found the signature of the permit wrong."), _TELL),
    "grant.expired": (_("The permit ended while the run was under way."), _NEW_CASE),
    "data.changed": (
        _("The data changed while it was being read."),
        _("Nothing came of the run. Restore the bytes and ask again."),
    ),
    "method.unfit": (_("The method does not work on this type of model."), _OTHER_METHOD),
    "method.no_room": (_("The model has too little room for virtual tokens and a text."), _OTHER_METHOD),
    "method.too_few_steps": (_("The plan has fewer steps than its method needs."), _OTHER_METHOD),
    "method.too_many_layers": (_("More layers are to be frozen than the model has to spare."), _OTHER_METHOD),
    "stage.nothing_to_adapt": (_("The method moves nothing that could adapt to the texts."), _OTHER_METHOD),
    "stage.not_merged": (
        _("The result of this method can be neither pruned nor distilled."),
        _OTHER_METHOD,
    ),
    "stage.unfit": (_("A stage of the plan does not work on this type of model."), _OTHER_STAGE),
    "stage.too_many_layers": (_("The student would not be smaller than its teacher."), _OTHER_STAGE),
    "stage.no_dropout": (_("The model has no dropout, so there is nothing to adapt to."), _OTHER_STAGE),
    "run.nan_loss": (
        _("The loss stopped being a finite number."),
        _("Lower the learning rate or clip more, in a new plan."),
    ),
    "run.out_of_memory": (
        _("The memory of the worker does not hold one text."),
        _("Shorten the texts in a new plan, or run it where there is more memory."),
    ),
    "run.no_validation": (
        _("The plan stops early, but the run has no validation rows."),
        _("Name a version with validation rows, or use a plan without early stopping."),
    ),
    "run.best_lost": (_("The weights of the best look cannot be read any more."), _AGAIN),
    "run.unexpected": (_("The trainer failed for a reason of its own."), _AGAIN),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """`text` says what is the case, `advice` what to do next, `code` is stable."""

    code: str
    text: str
    advice: str


def reason_words(code: str, detail: Mapping[str, Any] | None = None) -> Reason | None:
    """The reason in the active language; None for no code. Unknown codes read what the engine stored."""
    if not code:
        return None
    stored = _stored(detail or {})
    if code in _TABLE:
        text, advice = _TABLE[code]
        return Reason(code, stored or str(text), str(advice))
    return Reason(code, stored or code, "")


def _stored(detail: Mapping[str, Any]) -> str:
    found = detail.get("zh" if words.reads_chinese() else "en", "")
    return found if isinstance(found, str) else ""


def codes() -> frozenset[str]:
    """Every code this table words."""
    return frozenset(_TABLE)


_LOG: Mapping[str, Any] = {
    "grant.verified": _("permits and bytes verified by the trainer"),
    "run.started": _("training from step %(step)s of %(total)s, %(pairs)s pairs"),
    "run.checkpoint": _("checkpoint at step %(step)s"),
    "run.smaller_passes": _("memory ended at step %(step)s: from now on %(texts)s texts per pass"),
    "run.lower_kept": _("what the frozen layers give is kept on disk, at most %(mib)s MiB"),
    "run.lower_too_large": _(
        "what the frozen layers give would take %(mib)s MiB, more than is kept: it is computed each time"
    ),
    "run.best": _("trained to step %(step)s; the weights of step %(best)s are kept"),
    "run.judging": _("judging on the test rows, %(texts)s texts"),
    "adapt.started": _("pre-adaptation on the training texts from step %(step)s of %(total)s"),
    "adapt.finished": _("pre-adaptation finished at step %(step)s"),
    "distill.started": _("the student learns from step %(step)s of %(total)s"),
    "distill.finished": _("the student finished at step %(step)s"),
    "prune.finished": _(
        "pruned to %(neurons)s of %(neurons_before)s neurons per layer: %(parameters)s of "
        "%(parameters_before)s parameters"
    ),
    "run.finished": _("finished at step %(step)s"),
    "backbone.gaps": _("the tokenizer does not know %(share)s of the tokens"),
}


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def log_words(code: str, facts: Mapping[str, str]) -> str:
    """A log line in the reader's language; an unknown code reads itself and its facts."""
    if code in _LOG:
        return str(_LOG[code]) % _Facts(facts)
    return " ".join([code, *(f"{name}={value}" for name, value in facts.items())])
