"""Reads across the catalogue's tables, as frozen dataclasses for pages, API and the rooms above."""

from catalog.paths import version_path
from catalog.selectors.dossiers import (
    ContractChange,
    DatasetFacts,
    RuleFacts,
    contract_change,
    dataset_facts,
    datasets_of,
    domain_of,
    failed_rule,
    failing_rules,
    failing_samples,
    governed_by,
    hidden_columns,
    in_domain,
    open_incidents,
    people_of,
    profile_changes,
    rule_history,
    unclassified_columns,
    version_uids,
)
from catalog.selectors.evidence import VersionChange, change_against_approved, personal_data
from catalog.selectors.gates import UNKNOWN, Gate, contract_digest, gate_of, gates_of, live_waivers
from catalog.selectors.graph import LineageGraph, impact, lineage
from catalog.selectors.owners import roles_today
from catalog.selectors.pages import datasets_found
from catalog.selectors.references import references_for
from catalog.selectors.scorecards import scorecard
from catalog.selectors.versions import (
    VersionFacts,
    dataset_by_uid,
    latest_version,
    latest_versions,
    version_by_uid,
    version_facts,
)

__all__ = [
    "UNKNOWN",
    "ContractChange",
    "DatasetFacts",
    "Gate",
    "LineageGraph",
    "RuleFacts",
    "VersionChange",
    "VersionFacts",
    "change_against_approved",
    "contract_change",
    "contract_digest",
    "dataset_by_uid",
    "dataset_facts",
    "datasets_found",
    "datasets_of",
    "domain_of",
    "failed_rule",
    "failing_rules",
    "failing_samples",
    "gate_of",
    "gates_of",
    "governed_by",
    "hidden_columns",
    "impact",
    "in_domain",
    "latest_version",
    "latest_versions",
    "lineage",
    "live_waivers",
    "open_incidents",
    "people_of",
    "personal_data",
    "profile_changes",
    "references_for",
    "roles_today",
    "rule_history",
    "scorecard",
    "unclassified_columns",
    "version_by_uid",
    "version_facts",
    "version_path",
    "version_uids",
]
