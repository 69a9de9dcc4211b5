"""Reads across the catalogue's tables, as frozen dataclasses for pages, API and the rooms above."""

from catalog.paths import version_path
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
    "Gate",
    "LineageGraph",
    "VersionChange",
    "VersionFacts",
    "change_against_approved",
    "contract_digest",
    "dataset_by_uid",
    "datasets_found",
    "gate_of",
    "gates_of",
    "impact",
    "latest_version",
    "latest_versions",
    "lineage",
    "live_waivers",
    "personal_data",
    "references_for",
    "roles_today",
    "scorecard",
    "version_by_uid",
    "version_facts",
    "version_path",
]
