"""What a person or program may do in governance: check permission, call the service, wake others."""

from governance.actions.channels import channel_set, channel_test, deliveries_gather
from governance.actions.checks import SLUG
from governance.actions.drafts import (
    standard_branch,
    standard_edit,
    standard_lint,
    standard_restore,
    standard_rewrite,
)
from governance.actions.ledger_checks import ledger_check_ask, ledger_checks_wake
from governance.actions.people import (
    department_change,
    department_create,
    first_person_create,
    membership_end,
    membership_start,
    notices_mark_read,
    person_change,
    person_create,
    person_deactivate,
    person_reactivate,
    team_change,
    team_create,
    token_issue,
    token_revoke,
)
from governance.actions.people_import import people_export, people_import, people_import_check
from governance.actions.standards import (
    adoption_permit,
    read_document,
    standard_adopt,
    standard_draft,
    standard_propose,
)

__all__ = [
    "SLUG",
    "adoption_permit",
    "channel_set",
    "channel_test",
    "deliveries_gather",
    "department_change",
    "department_create",
    "first_person_create",
    "ledger_check_ask",
    "ledger_checks_wake",
    "membership_end",
    "membership_start",
    "notices_mark_read",
    "people_export",
    "people_import",
    "people_import_check",
    "person_change",
    "person_create",
    "person_deactivate",
    "person_reactivate",
    "read_document",
    "standard_adopt",
    "standard_branch",
    "standard_draft",
    "standard_edit",
    "standard_lint",
    "standard_propose",
    "standard_restore",
    "standard_rewrite",
    "team_change",
    "team_create",
    "token_issue",
    "token_revoke",
]
