"""Errors of the modeling room. A refusal of the training engine keeps its own code and words."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.exceptions import DomainError, PermitRefused


class EngineRefused(DomainError):
    """The pure engine refused a plan or backbone; `refusal` is its code (modeling/training/failures.py)."""

    code = "plan_refused"
    status = 400
    message = _("%(sentence)s")
    advice = _("Nothing was changed. Correct the plan and send it again.")

    def __init__(self, *, refusal: str, en: str, zh: str) -> None:
        super().__init__(sentence=zh if (get_language() or "en").startswith("zh") else en)
        self.code = refusal


class BackboneNotReady(DomainError):
    """Its files were not checked yet, or a check refused them."""

    code = "backbone_not_ready"
    status = 409
    message = _("The files of the backbone “%(name)s” have not passed their check.")
    advice = _("Nothing was changed. See on its page what the check found, and have it checked again.")


class BackboneBlind(DomainError):
    """A guide measured that the tokenizer does not know the texts; the run would be refused at its start."""

    code = "backbone.blind"
    status = 409
    message = _(
        "The tokenizer of “%(name)s” does not know %(share)s of the tokens of these texts (limit 20%%). "
        "%(instead)s"
    )
    advice = _("Nothing was changed. Choose another backbone.")


class CardInvalid(DomainError):
    """The metadata of a model's card is not what the Hub reads: no card, no model."""

    code = "card_invalid"
    status = 409
    message = _("The model card would not be valid: %(faults)s.")
    advice = _(
        "No model was registered. Correct the licence or name of the backbone, and ask for the run again."
    )


class SweepOver(DomainError):
    """The search ended before it was stopped."""

    code = "sweep_over"
    status = 409
    message = _("The search is over already.")
    advice = _("Nothing was changed. Look at what it found.")


class GateNotOpen(PermitRefused):
    """The version's validation does not let it be used."""

    code = "gate_not_open"
    status = 409
    message = _("The gate of %(version)s is %(gate)s.")
    advice = _("Nothing was read. Validate the version and resolve what failed, or have it waived.")


class InputsIncomplete(DomainError):
    code = "inputs_incomplete"
    status = 400
    message = _("A run needs a training and a test version.")
    advice = _("Nothing was started. Name a dataset version for each.")


class PlanChanged(PermitRefused):
    code = "plan_changed"
    message = _("The plan is not the one that was accepted.")
    advice = _("Nothing was read. Tell the governance team: the record was changed behind its back.")


class ModelNotUsable(DomainError):
    code = "model_quarantined"
    status = 409
    message = _("The model is quarantined.")
    advice = _("Nothing was changed. See why on its page; a new run under a live permit gives a new model.")


class RunOver(DomainError):
    code = "run_over"
    status = 409
    message = _("The run has already ended.")
    advice = _("Nothing was changed.")


class DatasetWithdrawn(PermitRefused):
    """The dataset was archived: nothing new is made from it."""

    code = "dataset_withdrawn"
    status = 409
    message = _("%(version)s belongs to a dataset that was withdrawn.")
    advice = _("Nothing was read. Choose a version of a dataset in use.")


class ResultUnreadable(DomainError):
    """The trainer said it was done, but what it left is not the result of this run."""

    code = "result_unreadable"
    status = 409
    message = _("The trainer ended, but its result is missing or is not the one of this run.")
    advice = _("No model was registered. Ask for the run again; the folder of the run is kept.")


class MlflowInvalid(DomainError):
    """A client's request has a part we cannot accept; `reason` names it."""

    code = "mlflow_invalid"
    status = 400
    message = _("%(reason)s.")
    advice = _("Nothing was changed. Correct it and send it again.")


class NotForClients(DomainError):
    """What an MLflow server lets a client do and this one does not; `instead` says how it is done here."""

    code = "not_for_clients"
    status = 403
    message = _("A tracking client cannot do this here: %(instead)s.")
    advice = _("Nothing was changed.")


class RunReadOnly(DomainError):
    """A run trained inside, or somebody else's: a client writes neither."""

    code = "run_read_only"
    status = 403
    message = _("Only the client that started a run outside Gavel logs to it.")
    advice = _("Nothing was stored. Tags and notes can be set on every run you may see.")


class ParamFixed(DomainError):
    code = "param_fixed"
    status = 400
    message = _("The parameter “%(key)s” already has another value.")
    advice = _("Nothing was stored. A parameter is written once; log a changed one in a new run.")


class RunFull(DomainError):
    """The run holds as much as a run may."""

    code = "run_full"
    status = 413
    message = _("The run holds all it may: %(limit)s %(what)s.")
    advice = _("Nothing was stored. Log less often, or go on in a new run.")


class FileRefused(DomainError):
    """A file a client sent is not kept; `reason` says why."""

    code = "file_refused"
    status = 400
    message = _("The file is not kept: %(reason)s.")
    advice = _("Nothing was stored.")


class RunBegun(DomainError):
    """Only what has not begun can be moved in the queue."""

    code = "run_begun"
    status = 409
    message = _("The run has begun, or is over: it has no place in the queue.")
    advice = _("Nothing was changed. Stop the run if others must go first.")
