"""Tables of governance, re-exported for Django and for foreign keys of the rooms above."""

from governance.models.base import Identified, SubjectFields, new_uid
from governance.models.channels import Channel, Delivery, DeliveryNotice
from governance.models.checks import LedgerCheck
from governance.models.decisions import Decision, Permit, PermitEvent, PermitUse
from governance.models.jobs import Job
from governance.models.law import AccessRule, DraftEdit, Rule, Standard, StandardVersion
from governance.models.ledger import LedgerEntry, LedgerHead, Notice, OutboxDelivery
from governance.models.people import ApiToken, Department, Membership, Team, User, functions_of, local_name

__all__ = [
    "AccessRule",
    "ApiToken",
    "Channel",
    "Decision",
    "Delivery",
    "DeliveryNotice",
    "Department",
    "DraftEdit",
    "Identified",
    "Job",
    "LedgerCheck",
    "LedgerEntry",
    "LedgerHead",
    "Membership",
    "Notice",
    "OutboxDelivery",
    "Permit",
    "PermitEvent",
    "PermitUse",
    "Rule",
    "Standard",
    "StandardVersion",
    "SubjectFields",
    "Team",
    "User",
    "functions_of",
    "local_name",
    "new_uid",
]
