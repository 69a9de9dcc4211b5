"""`suggest`: all proposals of a profile, as suggestions for one standard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from governance.validation.kinds import registry
from governance.validation.kinds.parameters import Place, read_parameters
from governance.validation.model import Rule
from governance.validation.standard import CompiledStandard, compile_standard
from governance.validation.standard.changing import edits_of
from governance.validation.suggesting.model import Proposal, Suggestion
from governance.validation.suggesting.presence import completeness, not_null, unique
from governance.validation.suggesting.seen import SeenColumn
from governance.validation.suggesting.skeleton import skeleton
from governance.validation.suggesting.table import drift, personal, row_count_change
from governance.validation.suggesting.values import allowed, not_in_future, value_range
from governance.validation.suggesting.wording import length, logical_type, no_outer_space, regex, text_format

Proposer = Callable[[SeenColumn], Iterator[Proposal]]

OF_COLUMN: tuple[Proposer, ...] = (
    logical_type,
    not_null,
    completeness,
    unique,
    allowed,
    text_format,
    regex,
    length,
    no_outer_space,
    value_range,
    not_in_future,
    drift,
)
_SAID_BY: Mapping[str, frozenset[str]] = {
    "regex": frozenset({"allowed", "text_format"}),
    "length": frozenset({"allowed", "text_format", "regex"}),
    "no_outer_space": frozenset({"allowed", "text_format", "regex"}),
    "range": frozenset({"allowed"}),
}
"""A kind is not proposed beside one that says as much of the same column."""


def suggest(
    profile: Mapping[str, Any],
    compiled: CompiledStandard | None,
    *,
    now: datetime,
    previous: Mapping[str, Any] | None = None,
    name: str = "data",
) -> tuple[Suggestion, ...]:
    """Suggestions in column order, those about the table last.

    Without a standard they are made for `skeleton(profile, name)`. `previous` is the profile of the version
    before. A masked profile yields only what its counts say.
    """
    law = compiled or compile_standard(skeleton(profile, name))
    columns = [
        SeenColumn(
            column=column,
            facts=profile["columns"][column.name],
            rules=tuple(rule for rule in law.rules if column.name in rule.columns),
            rows=int(profile["rows"]),
            now=now,
            before=(previous or {"columns": {}})["columns"].get(column.name),
            rows_before=int((previous or {}).get("rows", 0)),
        )
        for column in law.columns.values()
        if column.name in profile["columns"] and not column.is_nested
    ]
    before = None if previous is None else int(previous["rows"])
    found = [proposal for seen in columns for proposal in _of_column(seen)]
    found += [*personal(columns), *row_count_change(int(profile["rows"]), before, law.rules)]
    return tuple(_written(proposal, law) for proposal in found)


def _of_column(seen: SeenColumn) -> Iterator[Proposal]:
    made: set[str] = set()
    for proposer in OF_COLUMN:
        for proposal in proposer(seen):
            if not made & _SAID_BY.get(proposal.kind, frozenset()):
                made.add(proposal.kind)
                yield proposal


def _written(proposal: Proposal, law: CompiledStandard) -> Suggestion:
    """The proposal with its sentence, and the edits it means in the document."""
    kind = registry()[proposal.kind]
    severity = proposal.severity or kind.severity
    rule = _rule(proposal, law)
    change: dict[str, Any] = {"object": law.form.name}
    if proposal.values is not None:
        change |= {"do": "column_set", "column": proposal.columns[0], "values": dict(proposal.values)}
    else:
        change |= {"do": "rule_add", "kind": proposal.kind, "columns": list(proposal.columns)}
        change["parameters"] = dict(proposal.parameters)
    sentence_en, sentence_zh = kind.sentence(rule)
    return Suggestion(
        object_name=law.form.name,
        kind=proposal.kind,
        columns=proposal.columns,
        parameters=dict(proposal.parameters),
        severity=severity,
        dimension=kind.dimension,
        change=change,
        edits=tuple(edits_of(law.document, change)[0]),
        sentence_en=sentence_en,
        sentence_zh=sentence_zh,
        why_en=proposal.why[0],
        why_zh=proposal.why[1],
        evidence=proposal.evidence,
    )


def _rule(proposal: Proposal, law: CompiledStandard) -> Rule:
    """The rule by itself, for its sentence; its parameters are read as the document's would be."""
    kind = registry()[proposal.kind]
    column = law.columns[proposal.columns[0]] if proposal.columns else None
    known = {name: one for name, one in kind.parameters.items() if name != "column"}
    place = Place(kind.name, law.columns, column=column, timezone=law.form.timezone)
    return Rule(
        id=kind.name,
        kind=kind.name,
        columns=proposal.columns,
        level=kind.level,
        severity=kind.severity,
        dimension=kind.dimension,
        parameters=read_parameters(proposal.parameters, known, place),
        written=dict(proposal.parameters),
    )
