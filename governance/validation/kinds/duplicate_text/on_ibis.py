"""`duplicate_text` on ibis. Spark cannot find texts that are nearly the same (standard-rules §7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound
from governance.validation.kinds.duplicate_text import on_polars
from governance.validation.kinds.ibis_base import IbisBody, IbisBound
from governance.validation.kinds.ibis_keys import repeated

if TYPE_CHECKING:
    import ibis.expr.types as ir


def helpers(bound: Bound) -> Mapping[str, pl.Expr]:
    """The text compared; raises Unjudgeable `type_mismatch`, `engine_unsupported`."""
    text = on_polars.prepared(bound)
    if bound["mode"] != "exact":
        raise Unjudgeable("engine_unsupported")
    return {"text": text}


def checked(bound: IbisBound) -> ir.BooleanValue:
    """Rows with text."""
    some = bound.helper("text").notnull()
    return some if bound.selected is None else some & bound.selected


BODY = IbisBody(
    helpers=helpers,
    checked=checked,
    failing=lambda bound: repeated(bound.table.filter(checked(bound)), [bound.helper("text").get_name()]),
)
