"""Reads of the committee room, computed by the same engine that decides."""

from committee.selectors.bodies import (
    CommitteeView,
    PolicyView,
    SeatLine,
    active_people,
    charter_of,
    committee,
    committee_view,
    teams_of,
)
from committee.selectors.cases import (
    EventLine,
    SeatRow,
    case_by_uid,
    case_list,
    cases_about,
    cases_watched,
    event_dict,
    waiting_count,
    waiting_for,
)
from committee.selectors.evidence import DataTable, EvidenceRow, data_tables, evidence_rows
from committee.selectors.page import CaseView, case_view, tally_for
from committee.selectors.words import rule_sentences

__all__ = [
    "CaseView",
    "CommitteeView",
    "DataTable",
    "EventLine",
    "EvidenceRow",
    "PolicyView",
    "SeatLine",
    "SeatRow",
    "active_people",
    "case_by_uid",
    "case_list",
    "case_view",
    "cases_about",
    "cases_watched",
    "charter_of",
    "committee",
    "committee_view",
    "data_tables",
    "event_dict",
    "evidence_rows",
    "rule_sentences",
    "tally_for",
    "teams_of",
    "waiting_count",
    "waiting_for",
]
