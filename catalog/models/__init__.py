"""Tables of the catalogue, re-exported for Django and for foreign keys of the rooms above."""

from catalog.models.datasets import Column, Dataset, DatasetVersion, Ownership
from catalog.models.derivations import DerivationRun
from catalog.models.incidents import Incident
from catalog.models.ingest import IngestRun
from catalog.models.lineage import LineageEdge
from catalog.models.recipes import CleaningRun, Quarantine, Recipe, RecipeVersion
from catalog.models.sources import Source
from catalog.models.suggestions import RuleSuggestion, SuggestionAnswer
from catalog.models.validation import Profile, RuleOutcome, ValidationReport, ValidationRun

__all__ = [
    "CleaningRun",
    "Column",
    "Dataset",
    "DatasetVersion",
    "DerivationRun",
    "Incident",
    "IngestRun",
    "LineageEdge",
    "Ownership",
    "Profile",
    "Quarantine",
    "Recipe",
    "RecipeVersion",
    "RuleOutcome",
    "RuleSuggestion",
    "Source",
    "SuggestionAnswer",
    "ValidationReport",
    "ValidationRun",
]
