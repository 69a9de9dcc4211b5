"""`invalid_values` on Polars."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.allowed.on_polars import typed_series
from governance.validation.kinds.base import Bound, PolarsBody, polars_body, registry
from governance.validation.kinds.invalid_values import option_rules
from governance.validation.kinds.parameters import Place, read_parameters
from governance.validation.kinds.regex.on_polars import compiled
from governance.validation.model import NotBound


def ok(bound: Bound) -> pl.Expr:
    """True or False for every row."""
    name = bound.rule.columns[0]
    if bound.column.is_nested:
        raise Unjudgeable("unsupported_type")
    right = ~bound.uncastable(name)
    for part in _parts(bound):
        right = right & part.fill_null(True)
    return right if bound.selected is None else pl.when(bound.selected).then(right)


def _parts(bound: Bound) -> Iterator[pl.Expr]:
    valid, form = bound["valid_values"], bound["pattern"]
    if valid is not None:
        yield bound.value.is_in(typed_series(bound, valid).implode())
    if form is not None:
        bound.need_text()
        yield bound.value.str.contains(compiled(form))
    if valid is None and form is None:
        for kind_name, given in option_rules(bound.column.logical.name, bound.column.options):
            body = polars_body(kind_name)
            place = Place(kind_name, bound.columns, bound.column)
            parameters = read_parameters(given, registry()[kind_name].parameters, place)
            if body.ok is None:
                raise NotBound
            yield body.ok(replace(bound, rule=replace(bound.rule, kind=kind_name, parameters=parameters)))


BODY = PolarsBody(ok=ok)
