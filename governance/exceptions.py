"""The base of every domain error, and governance's own. Each has a stable code, a fault class and words.

Words say what happened, whether anything changed, and what to do next (look/README, Wording).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


class DomainError(Exception):
    """A refusal or fault the caller can understand.

    `code` is stable, `status` the HTTP status, `message` and `advice` lazy texts formatted with the params.
    """

    code: str = "error"
    status: int = 400
    message: ClassVar[Words] = _("The request could not be carried out.")
    advice: ClassVar[Words] = _("Nothing was changed.")

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    @property
    def text(self) -> str:
        return str(self.message) % self.params if self.params else str(self.message)

    @property
    def next_step(self) -> str:
        return str(self.advice) % self.params if self.params else str(self.advice)

    def __str__(self) -> str:
        return f"{self.text} {self.next_step}".strip()


class NotPermitted(DomainError):
    """The actor lacks the role the action asks for."""

    code = "not_permitted"
    status = 403
    message = _("Your roles do not allow this action.")
    advice = _("Nothing was changed. Ask a governance team member for the role it needs.")


class NotFound(DomainError):
    """The thing does not exist or the actor may not know that it does."""

    code = "not_found"
    status = 404
    message = _("This does not exist, or you may not see it.")
    advice = _("Check the address or ask its owner for access.")


class Conflict(DomainError):
    """Somebody else changed the row between reading and writing."""

    code = "conflict"
    status = 409
    message = _("This changed while you were working on it.")
    advice = _("Nothing was changed by you. Reload the page and decide again.")


class InvalidInput(DomainError):
    """A field has a value that cannot be accepted."""

    code = "invalid_input"
    status = 400
    message = _("%(field)s: %(reason)s")
    advice = _("Nothing was changed. Correct the field and send it again.")


class HiddenCharacters(InvalidInput):
    """A name holds characters nobody sees, which make it read as another."""

    code = "hidden_characters"
    message = _("%(field)s: holds characters that are not shown, such as zero-width or direction marks.")


class DepartmentCycle(DomainError):
    code = "department_cycle"
    status = 409
    message = _("The department “%(name)s” would lie inside itself.")
    advice = _("Nothing was changed. Choose another department above it.")


class ImportUnreadable(DomainError):
    """The bytes are no list of people; `reason` says why."""

    code = "import_unreadable"
    message = _("The file cannot be read: %(reason)s.")
    advice = _("Nothing was changed. Save it as CSV with the columns of the export and try again.")


class ImportHasErrors(DomainError):
    code = "import_has_errors"
    status = 409
    message = _("%(count)s rows of the file cannot be imported; the first is line %(line)s: %(reason)s")
    advice = _("Nothing was changed. Correct the rows and check the file again.")


class ImportNotChecked(DomainError):
    """Only the very bytes of a check are imported."""

    code = "import_not_checked"
    status = 409
    message = _("These are not the bytes that were checked.")
    advice = _("Nothing was changed. Check the file first, then import that same file.")


class NameTaken(DomainError):
    code = "name_taken"
    status = 409
    message = _("The name “%(name)s” is already in use.")
    advice = _("Nothing was changed. Choose another name.")


class WrongTransition(DomainError):
    code = "wrong_transition"
    status = 409
    message = _("This cannot go from “%(source)s” to “%(target)s”.")
    advice = _("Nothing was changed. Reload the page to see its present state.")


class StandardInvalid(DomainError):
    """The document is not an ODCS standard we can keep; `detail` names the place."""

    code = "standard_invalid"
    status = 400
    message = _("The standard cannot be read: %(detail)s")
    advice = _("Nothing was stored. Correct the document at that place and send it again.")


class StandardNotDraft(DomainError):
    """Only a draft is edited: what was proposed or decided on never changes."""

    code = "standard_not_draft"
    status = 409
    message = _("Version %(version)s is no draft; its text does not change any more.")
    advice = _("Nothing was changed. Start a new draft from it.")


class StandardStale(Conflict):
    """The draft has another text than the one the edit was made on."""

    code = "standard_stale"
    message = _("The draft was changed after you opened it.")
    advice = _("Nothing was stored, nothing of yours is lost. Compare with the present text and store again.")


class StandardNotInForce(DomainError):
    code = "standard_not_in_force"
    status = 409
    message = _("The standard “%(name)s” has no version in force.")
    advice = _("Propose a version and open a case to adopt it.")


class PermitRefused(DomainError):
    """No permit covers this use. `permit_code` in the params says why; subclasses are the reasons."""

    code = "permit_missing"
    status = 403
    message = _("No permit covers this use of these bytes.")
    advice = _("Nothing was read. Open a case for a permit on this version and purpose.")


class PermitNotActive(PermitRefused):
    code = "permit_not_active"
    message = _("The permit is %(permit_status)s.")
    advice = _("Nothing was read. Meet its open conditions or open a case for a new permit.")


class PermitPurposeMismatch(PermitRefused):
    code = "permit_purpose"
    message = _("The permit is for another purpose than “%(purpose)s”.")
    advice = _("Nothing was read. Use the permitted purpose or open a case for this one.")


class PermitJobKindMismatch(PermitRefused):
    code = "permit_job_kind"
    message = _("The permit does not cover the kind of job “%(job_kind)s”.")
    advice = _("Nothing was read. Choose a permitted kind of job or open a case for this one.")


class PermitColumnsExceeded(PermitRefused):
    code = "permit_columns"
    message = _("The permit does not cover these columns: %(columns)s.")
    advice = _("Nothing was read. Leave the columns out or open a case that names them.")


class PermitHolderMismatch(PermitRefused):
    code = "permit_holder"
    message = _("The permit belongs to another person or team.")
    advice = _("Nothing was read. Ask its holder, or open a case for your own team.")


class PermitBudgetSpent(PermitRefused):
    code = "permit_budget"
    message = _("The budget of the permit is spent: %(used)s of %(limit)s %(unit)s.")
    advice = _("Nothing was read. Open a case for a further budget.")


class PermitSignatureInvalid(PermitRefused):
    code = "permit_signature"
    message = _("The permit's record does not match its signature.")
    advice = _("Nothing was read. Tell the governance team: the record was changed behind its back.")


class PermitDigestMismatch(PermitRefused):
    code = "permit_digest"
    message = _("The permit is for other bytes than these.")
    advice = _("Nothing was read. Restore the approved bytes or open a case for the new version.")


class DecisionExists(DomainError):
    code = "decision_exists"
    status = 409
    message = _("The case already has its decision.")
    advice = _("Nothing was changed.")


class LedgerBroken(DomainError):
    code = "ledger_broken"
    status = 409
    message = _("The ledger's head does not match its last entry.")
    advice = _("Nothing was written. Run the ledger verification and tell the governance team.")


class LedgerCheckRunning(DomainError):
    code = "ledger_check_running"
    status = 409
    message = _("The ledger is being recomputed already.")
    advice = _("Nothing was started. Its verdict will stand on the page of the ledger.")
