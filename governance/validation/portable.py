"""What exported Pandera code calls: a gavel check by rule id, out of the standard's own text."""

from __future__ import annotations

from functools import lru_cache

from pandera.api.checks import Check

from governance.validation.kinds.base import Bound, Resources
from governance.validation.pandera_form import check_of, plain_resources
from governance.validation.standard import CompiledStandard, compile_standard, load


def gavel(standard: str, object_name: str, rule_id: str, resources: Resources | None = None) -> Check:
    """The registered check of one rule. `resources` give clock, references and stored types; without them
    every
    column is taken for text and the clock for the epoch."""
    compiled = _compiled(standard, object_name)
    return check_of(Bound(compiled.rule(rule_id), compiled.columns, resources or plain_resources(compiled)))


@lru_cache(maxsize=8)
def _compiled(standard: str, object_name: str) -> CompiledStandard:
    return compile_standard(load(standard.encode()), object_name)
