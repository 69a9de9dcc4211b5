"""`sql`: one SELECT that answers one number (standard-rules §4, note f)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from governance.validation.errors import Unjudgeable
from governance.validation.kinds.base import Bound, Kind, register
from governance.validation.kinds.parameters import REQUIRED, Parameter, Place, bad, text
from governance.validation.kinds.wording import operator_en, operator_zh
from governance.validation.model import Column, Rule

if TYPE_CHECKING:
    from governance.validation.kinds.sql.tree import Query


def reads(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    """Names the query reads; none where it cannot be parsed, which the rule's verdict says later."""
    from governance.validation.kinds.sql.tree import filled, parse  # sqlglot

    try:
        return parse(filled(parameters["query"], "table", "column")).columns
    except Unjudgeable:
        return ()


def query_of(bound: Bound) -> Query:
    """The rule's query; raises Unjudgeable `sql_unsupported`, `reference_missing`."""
    from governance.validation.kinds.sql.tree import filled, parse  # sqlglot

    query = parse(filled(bound["query"], bound.resources.table_name, bound.rule.under))
    for table in query.tables:
        if table != bound.resources.table_name and table not in bound.resources.references:
            raise Unjudgeable("sql_unsupported")
    return query


def verify(rule: Rule, columns: Mapping[str, Column]) -> None:
    """An operator is needed."""
    if rule.threshold is None:
        raise bad(Place(rule.kind, columns), "operator", "is missing", "缺失")


def sentence(rule: Rule) -> tuple[str, str]:
    """In both languages."""
    return f"The answer of the query {operator_en(rule)}", f"查询结果{operator_zh(rule)}"


register(
    Kind(
        name="sql",
        summary=("One query answers a number within bounds", "一条查询的数值结果须符合条件"),
        level="table",
        severity="major",
        dimension="accuracy",
        columns="none",
        operator=True,
        parameters={"query": Parameter(text, REQUIRED)},
        sentence=sentence,
        reads=reads,
        verify=verify,
        under_property=True,
    )
)
