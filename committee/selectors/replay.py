"""A case as the engine reads it, for whoever wants to compute it again elsewhere."""

from __future__ import annotations

from typing import Any

from committee import tallying
from committee.choices import CaseState
from committee.engine import tally
from committee.exceptions import CaseSealed
from committee.models import Case


def case_input(case: Case) -> dict[str, Any]:
    """The committee-case/1 document of now: `manage.py tally` prints of it what the page shows.

    It names every ballot. Raises CaseSealed while those are sealed: to nobody then, whoever asks
    (committee-rules §9).
    """
    document = tallying.document_of(case)
    output = tally(document).output
    if output["effective"]["sealed"] and output["state"] != CaseState.CLOSED:
        raise CaseSealed
    return document
