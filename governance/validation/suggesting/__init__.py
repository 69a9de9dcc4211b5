"""Rules a profile speaks for, each with its evidence, to be accepted or rejected by a person.

    suggest(profile, compiled, previous=None, now=instant) -> (Suggestion, …)   # in report order, stable ids
    suggest(profile, None, …)                  # against a new document that only names the columns
    suggestion.edits                           # JSON pointers and values in the document it was made for
    changed(document, [suggestion.change])     # the same on any later text of the standard
    remembered(suggestion, rejected)           # whether an earlier rejection still stands

A suggestion is never made where the standard already says as much, nor from fewer than `FEWEST` cells, nor
from figures a masked profile hides. What it would fail today is an exact count where `evidence.exact` says
so. Pure: the caller gives the clock.
"""

from __future__ import annotations

from governance.validation.suggesting.memory import remembered
from governance.validation.suggesting.model import FEWEST, Evidence, Suggestion
from governance.validation.suggesting.offering import suggest
from governance.validation.suggesting.skeleton import skeleton

__all__ = ["FEWEST", "Evidence", "Suggestion", "remembered", "skeleton", "suggest"]
