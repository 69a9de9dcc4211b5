"""How the answer of a query is judged, whatever engine gave it."""

from __future__ import annotations

import math
from decimal import Decimal

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Finding
from governance.validation.model import NotBound


def of_answer(bound: Bound, answer: object) -> Finding:
    """One value against the operator; NaN fails. Raises Unjudgeable `sql_null`, `sql_error`."""
    if answer is None:
        raise Unjudgeable("sql_null")
    if isinstance(answer, bool) or not isinstance(answer, int | float | Decimal):
        raise Unjudgeable("sql_error")
    if isinstance(answer, float) and math.isnan(answer):
        return Finding(False)
    if bound.rule.threshold is None:
        raise NotBound
    return Finding(bound.rule.threshold.holds(answer), observed=_shown(answer))


def _shown(answer: int | float | Decimal) -> int | float | str:
    if isinstance(answer, Decimal):
        return int(answer) if answer == answer.to_integral_value() else float(answer)
    return answer if math.isfinite(answer) else str(answer)
