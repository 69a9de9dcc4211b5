"""The head of a model card: metadata as the Hugging Face Hub reads it, checked before a model is registered.

Checked offline: against a schema of our own (`card.schema.json`, after the Hub's model card specification),
and the licence against SPDX. The Hub has identifiers of its own for licences; what it has none for is
`other` with its SPDX expression as `license_name`, as the specification says.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

from modeling.choices import BackboneKind, DataRole
from modeling.exceptions import CardInvalid
from modeling.models import TrainingRun
from modeling.training.methods import METHODS
from modeling.training.tasks import TASKS
from modeling.training.tasks.base import MAIN

SCHEMA: Final = Path(__file__).with_name("card.schema.json")
#: Identifiers of the Hub (its model card specification, "Licenses") that name an SPDX licence.
HUB_LICENCES: Final = frozenset(
    Path(__file__).with_name("hub_licences.txt").read_text(encoding="ascii").split()
)


def head(run: TrainingRun, result: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a finished run's card. Raises CardInvalid."""
    found = {key: value for key, value in _head(run, result).items() if value not in ([], "")}
    if faults := check(found):
        raise CardInvalid(faults="; ".join(faults[:3]))
    return found


def check(found: dict[str, Any]) -> list[str]:
    """What is wrong with some metadata, one line each; nothing where it is valid."""
    errors = sorted(_validator().iter_errors(found), key=lambda error: list(map(str, error.absolute_path)))
    return [f"{'.'.join(map(str, error.absolute_path)) or 'card'}: {error.message}"[:200] for error in errors]


def licence_of(expression: str) -> dict[str, str]:
    """`license`, and `license_name` where the Hub has no identifier. Raises CardInvalid for no SPDX
    expression."""
    try:
        spdx = str(canonicalize_license_expression(expression))
    except InvalidLicenseExpression as error:
        raise CardInvalid(faults=f"license: {expression[:60]}") from error
    word = re.sub(r"-(only|or-later)$", "", spdx.lower())
    if word in HUB_LICENCES:
        return {"license": word}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.+-]+", "-", spdx.lower()).strip("-")}


@lru_cache(maxsize=1)
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _head(run: TrainingRun, result: dict[str, Any]) -> dict[str, Any]:
    backbone, task = run.plan.backbone, TASKS.get(run.plan.task)
    scores = [
        row for row in result["evaluation"]["metrics"] if row["model"] == MAIN and _finite(row["value"])
    ]
    classifies = task is not None and task.loss == "to_classes"
    whole = merges(run) and not classifies
    return {
        **licence_of(backbone.licence),
        # A folder is named, not shown: a card leaves the machine.
        "base_model": backbone.name if backbone.kind == BackboneKind.FOLDER else backbone.place,
        "language": [
            word for word in backbone.languages if re.fullmatch(r"[a-z]{2,3}|multilingual|code", word)
        ],
        "pipeline_tag": "text-classification" if classifies else "sentence-similarity",
        "library_name": "sentence-transformers" if whole else "gavel",
        "tags": ["gavel", run.plan.task, run.plan.method],
        "datasets": sorted({part.version.dataset.name for part in _inputs(run)}),
        "metrics": sorted({row["metric"] for row in scores}),
        "model-index": [{"name": run.plan.name, "results": _results(run, scores)}],
    }


def merges(run: TrainingRun) -> bool:
    """Whether the published weights hold what was learnt, so that others load them like any model."""
    card = METHODS.get(run.plan.method)
    return card is None or card.merges


def _inputs(run: TrainingRun) -> Any:
    return run.inputs.select_related("version__dataset")


def _results(run: TrainingRun, scores: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The model's own figures on the test rows, as the Hub's leaderboards read them."""
    test = next((part for part in _inputs(run) if part.role == DataRole.TEST), None)
    task = TASKS.get(run.plan.task)
    if test is None:
        return []
    name = test.version.dataset.name
    return [
        {
            "task": {"type": run.plan.task, "name": task.en if task else run.plan.task},
            "dataset": {
                "type": name,
                "name": f"{name} v{test.version.number}",
                "split": "test",
                "revision": test.digest,
            },
            "metrics": [
                {"type": row["metric"], "name": row["metric"].upper(), "value": row["value"]}
                for row in scores
            ],
        }
    ]


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
