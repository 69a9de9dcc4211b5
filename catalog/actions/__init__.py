"""What a person or program may do in the catalogue: check permission, call the service, enqueue on commit."""

from catalog.actions.assets import (
    dataset_archive,
    dataset_change,
    dataset_register,
    ownership_end,
    ownership_start,
    source_register,
    version_upload,
)
from catalog.actions.checks import (
    DRY_RUN_MOST_ROWS,
    DRY_RUN_ROWS,
    suggestion_accept,
    suggestion_reject,
    validation_again,
    validation_dry_run,
    validation_request,
)
from catalog.actions.jobs import dataset_of, incident_resolve, run_cancel
from catalog.actions.processing import cleaning_request, recipe_draft, split_request

__all__ = [
    "DRY_RUN_MOST_ROWS",
    "DRY_RUN_ROWS",
    "cleaning_request",
    "dataset_archive",
    "dataset_change",
    "dataset_of",
    "dataset_register",
    "incident_resolve",
    "ownership_end",
    "ownership_start",
    "recipe_draft",
    "run_cancel",
    "source_register",
    "split_request",
    "suggestion_accept",
    "suggestion_reject",
    "validation_again",
    "validation_dry_run",
    "validation_request",
    "version_upload",
]
