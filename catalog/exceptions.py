"""Refusals of the catalogue. The data engines' own codes pass through as `ingest:<code>` with our words."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from governance.exceptions import Conflict, DomainError, InvalidInput, NameTaken, NotFound, NotPermitted

__all__ = ["Conflict", "DomainError", "InvalidInput", "NameTaken", "NotFound", "NotPermitted"]

UNTOUCHED = _("Nothing was stored. Correct the file and send it again.")

ENGINE_WORDS: dict[str, Any] = {
    "data_not_found": _("The data file does not exist."),
    "data_unreadable": _("The data cannot be read: it is damaged or not of the kind its name says."),
    "empty_file": _("The file is empty: there is no header."),
    "header_only": _("The file has a header and no rows."),
    "too_many_columns": _(
        "The file has more than 2,000 columns. Put measures of one kind into rows instead."
    ),
    "bad_encoding": _("The file is not in the stated encoding."),
    "duplicate_columns": _("Two columns of the header have the same name."),
    "ragged_rows": _("A record has more or fewer fields than the header."),
    "wrong_delimiter": _("The file seems to use another delimiter than stated."),
    "standard_not_found": _("The standard does not exist."),
    "standard_invalid": _("The standard is not a valid ODCS document."),
    "standard_unsupported_version": _("This version of ODCS is not supported."),
    "object_ambiguous": _("The standard holds several objects; the dataset must name one."),
    "object_unknown": _("The standard holds no object of that name."),
    "reference_not_found": _("A reference dataset has no version."),
    "previous_not_found": _("The previous version does not exist."),
    "parameter_invalid": _("A parameter of a rule or step is invalid."),
    "unknown_column": _("A rule or step names a column that does not exist."),
    "row_balance": _("Rows in do not equal rows out plus quarantined rows; nothing was published."),
    "recipe_not_found": _("The recipe does not exist."),
    "recipe_invalid": _("The recipe is not valid."),
    "bytes_changed": _("The stored bytes no longer match the digest of the version."),
    "bytes_gone": _("The stored bytes of the version are gone. Nothing was judged."),
    "standard_text_gone": _("The text of the standard it was asked for with is gone. Nothing was judged."),
    "reference_gone": _("The stored bytes of a reference are gone. Nothing was judged."),
    "reference_changed": _(
        "The stored bytes of a reference changed while it was read, or before. What was judged does not "
        "count."
    ),
    "previous_gone": _("The stored bytes of the previous version are gone. Nothing was judged."),
    "previous_changed": _(
        "The stored bytes of the previous version changed while it was read, or before. What was judged does "
        "not count."
    ),
    "out_of_memory": _(
        "The engine needed more memory than one job may have. Nothing was stored, and the worker goes on."
    ),
    "engine_killed": _(
        "The engine's process was ended from outside, perhaps because the machine ran out of memory. Nothing "
        "was stored."
    ),
    "engine_died": _("The engine's process broke down. Nothing was stored, and the worker goes on."),
    "too_many_attempts": _("The job took its worker down five times. It is not tried again by itself."),
    "usage": _("The engine cannot do what this job asks of it. Nothing was judged."),
    "spark_not_configured": _(
        "The check is to run on Spark, and this installation has none. Nothing was judged."
    ),
    "spark_not_installed": _(
        "The check is to run on Spark, and PySpark is not installed with the worker. Nothing was judged."
    ),
    "worker_lost": _("The worker stopped before it was done; the job was put back into its queue."),
    "cancelled": _("The job was cancelled."),
    "internal": _("The job failed for a reason of our own; the log of the worker names it."),
    "no_standard": _("The dataset has no standard in force to be checked against."),
    "split_impossible": _("The records cannot be divided into the wanted parts without sharing any."),
    "permission_lost": _("The person who asked no longer has the right to do this."),
}


def words_of(code: str) -> str:
    """The sentence for a job's reason code, in the reader's language; the code itself where it is unknown."""
    return str(ENGINE_WORDS.get(code.removeprefix("ingest:"), code))


class UploadTooLarge(DomainError):
    code = "upload:too-large"
    status = 413
    message = _("The upload is larger than the limit of %(limit)s bytes.")
    advice = _("Nothing was stored. Send a smaller file, or compress it.")


class UploadKindUnknown(DomainError):
    code = "upload:kind-unknown"
    status = 415
    message = _("The file name must end in .csv, .csv.gz or .parquet.")
    advice = _("Nothing was stored. Send one of these three kinds.")


class UploadEmpty(DomainError):
    code = "ingest:empty_file"
    status = 400
    message = ENGINE_WORDS["empty_file"]
    advice = UNTOUCHED


class UploadBroken(DomainError):
    code = "upload:broken-off"
    status = 400
    message = _("The upload broke off before all announced bytes had arrived.")
    advice = _("Nothing was stored. Send it again.")


class UploadUnreadable(DomainError):
    """The first bytes show that the file is not what its name says."""

    code = "ingest:data_unreadable"
    status = 400
    message = ENGINE_WORDS["data_unreadable"]
    advice = UNTOUCHED


class StandardUnknown(DomainError):
    code = "standard_unknown"
    status = 400
    message = _("There is no standard named “%(name)s”.")
    advice = _("Nothing was changed. Choose a standard that exists, or draft it first.")


class DatasetWithoutStandard(DomainError):
    code = "no_standard"
    status = 409
    message = _("The dataset “%(name)s” has no standard to be checked against.")
    advice = _("Name its standard first.")


class SparkNotConfigured(DomainError):
    code = "spark_not_configured"
    status = 409
    message = _("The check is to run on Spark, and this installation has none.")
    advice = _(
        "Nothing was started or changed. Choose “By size” or “Always Polars”, or have GAVEL_SPARK_MASTER set."
    )


class DatasetArchived(DomainError):
    code = "dataset_archived"
    status = 409
    message = _("The dataset “%(name)s” is archived.")
    advice = _("Nothing was changed. Archived datasets take no new versions.")


class ReferenceUnknown(DomainError):
    code = "reference_not_found"
    status = 400
    message = _("The reference “%(name)s” names no version you may see.")
    advice = _("Nothing was started. Name a version by its id.")


class RecipeInvalid(DomainError):
    code = "recipe_invalid"
    status = 400
    message = _("The recipe cannot be read: %(detail)s")
    advice = _("Nothing was stored. Correct the document at that place and send it again.")


class SplitInvalid(DomainError):
    code = "split_invalid"
    status = 400
    message = _("The split cannot be made: %(detail)s")
    advice = _("Nothing was started. Correct the request and send it again.")


class JobOver(DomainError):
    code = "job_over"
    status = 409
    message = _("The job is already over.")
    advice = _("Nothing was changed.")


class VersionChanged(DomainError):
    """The bytes on disk no longer are the ones the version's digest names."""

    code = "bytes_changed"
    status = 409
    message = ENGINE_WORDS["bytes_changed"]
    advice = _("Nothing was read. Restore the bytes, or upload them as a new version.")


class RowsUnbalanced(DomainError):
    code = "row_balance"
    status = 409
    message = ENGINE_WORDS["row_balance"]
    advice = _("Nothing was published. Tell the owner of the recipe.")


class CellHidden(DomainError):
    code = "cell_hidden"
    status = 403
    message = _("Your role does not open cells of this level.")
    advice = _("Nothing was read. Ask the owner, or open a case for a permit to read.")


class IncidentResolved(DomainError):
    code = "incident_resolved"
    status = 409
    message = _("The incident is already resolved.")
    advice = _("Nothing was changed.")


class SuggestionAnswered(DomainError):
    code = "suggestion_answered"
    status = 409
    message = _("The suggestion already has its answer.")
    advice = _("Nothing was changed.")


class SuggestionOutdated(DomainError):
    """The dataset is held to another standard than the one the suggestion was made for."""

    code = "suggestion_outdated"
    status = 409
    message = _("The suggestion was made for another standard.")
    advice = _("Nothing was changed. Check the version again for suggestions that fit.")


class RoleHeld(DomainError):
    code = "role_held"
    status = 409
    message = _("This person already has that role on the dataset.")
    advice = _("Nothing was changed.")


class LastOwner(DomainError):
    code = "last_owner"
    status = 409
    message = _("A dataset always has an owner.")
    advice = _("Nothing was changed. Name the next owner first.")
