"""ODCS document → compiled standard: parse, merge, number, lint (standard-rules §1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from governance.validation.errors import invalid, refuse
from governance.validation.kinds import registry
from governance.validation.kinds.base import Kind
from governance.validation.kinds.parameters import Place, bad, percent, predicate, read_parameters, whole
from governance.validation.model import (
    SEVERITIES,
    Column,
    NotExecuted,
    ObjectForm,
    Rule,
    StandardWarning,
    Tolerance,
)
from governance.validation.standard.document import StandardDocument
from governance.validation.standard.drafts import Draft
from governance.validation.standard.lint import rule_warnings
from governance.validation.standard.mapping import ObjectReader
from governance.validation.standard.settings import object_form

if TYPE_CHECKING:
    import pandera.polars as pa

    from governance.validation.kinds.base import Resources


@dataclass(frozen=True)
class CompiledStandard:
    """The rules of one object in report order, with all that is needed to bind them to data."""

    document: StandardDocument
    form: ObjectForm
    rules: tuple[Rule, ...]
    not_executed: tuple[NotExecuted, ...]
    warnings: tuple[StandardWarning, ...]
    primary_key: tuple[str, ...]

    @property
    def columns(self) -> Mapping[str, Column]:
        """Declared columns by name: logical type, classification, PII kinds."""
        return self.form.columns

    @property
    def sample_key(self) -> tuple[str, ...]:
        """Columns that tell a row in a sample: primary key, else `gavelKey`."""
        return self.primary_key or self.form.key

    def rule(self, rule_id: str) -> Rule:
        """Raises `parameter_invalid` for an id that is no rule."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise invalid("The standard has no such rule.", "标准中没有该规则。", {"rule": rule_id})

    def pandera_schema(self, resources: Resources | None = None) -> pa.DataFrameSchema:
        """The standard as an ordinary `pandera.polars` schema for a prepared frame (§7.1)."""
        from governance.validation.pandera_form import schema_of  # loads pandera

        return schema_of(self, resources)


def compile_standard(
    document: StandardDocument, object_name: str | None = None, data_stem: str | None = None
) -> CompiledStandard:
    """Compile one object. Raises `object_unknown`, `object_ambiguous`, `parameter_invalid`,
    `unknown_column`."""
    node = document.pick_object(object_name, data_stem)
    index = next(i for i, item in enumerate(document.objects) if item is node)
    pointer = f"/schema/{index}"
    form = object_form(node, pointer)
    reader = ObjectReader(document.tree, node, pointer, form)
    reader.read()
    rules = [_rule(draft, form) for draft in reader.drafts]
    if not any(registry()[rule.kind].opens_gate(rule) for rule in rules):
        reader.add_rows_present()
        rules.append(_rule(reader.drafts[-1], form))
    numbered = _numbered(_merged(rules))
    warnings = (*reader.warnings, *rule_warnings(numbered))
    return CompiledStandard(document, form, numbered, tuple(reader.kept), warnings, reader.primary_key())


def reference_form(document: StandardDocument, name: str) -> ObjectForm | None:
    """Columns and CSV settings of the object a reference is named after; None where there is none."""
    for index, node in enumerate(document.objects):
        if node["name"] == name:
            return object_form(node, f"/schema/{index}")
    return None


def _rule(draft: Draft, form: ObjectForm) -> Rule:
    kind = registry()[draft.kind]
    given = dict(draft.given)
    place = Place(draft.kind, form.columns, timezone=form.timezone)
    where_tree = given.pop("where", None)
    where = None if where_tree is None else predicate(where_tree, place)
    tolerance = _tolerance(given.pop("tolerance", None), kind, place)
    columns = _columns(draft, kind, given, form)
    place = replace(place, column=form.columns[columns[0]] if columns else None)
    if "column" in kind.parameters:
        given.pop("column", None)
    known = {name: item for name, item in kind.parameters.items() if name != "column"}
    parameters = read_parameters(given, known, place)
    own = tuple(dict.fromkeys(name for name in kind.reads(parameters) if name in form.columns))
    reads = dict.fromkeys((*columns, *own, *(where.columns if where else ())))
    rule = Rule(
        id=draft.id,
        kind=draft.kind,
        columns=columns or own,
        level=kind.level,
        severity=draft.severity or kind.severity,
        dimension=draft.dimension or kind.dimension,
        parameters=parameters,
        where=where,
        where_tree=where_tree,
        tolerance=tolerance,
        threshold=draft.threshold,
        library=draft.library,
        reads=tuple(reads),
        name=draft.name,
        sources=(draft.pointer,),
        written=given,
        under=draft.under,
        unsupported=draft.nested is not None,
    )
    if kind.verify is not None and not rule.unsupported:
        kind.verify(rule, form.columns)
    sentence_en, sentence_zh = kind.sentence(rule)
    return replace(rule, sentence_en=sentence_en, sentence_zh=sentence_zh)


def _columns(draft: Draft, kind: Kind, given: dict[str, Any], form: ObjectForm) -> tuple[str, ...]:
    """The columns judged: given, else the property, else the kind's default."""
    place = Place(draft.kind, form.columns, parameter="columns")
    named = given.pop("columns", None)
    if named is None and "column" in kind.parameters and "column" in given:
        named = [given["column"]]
    if named is not None:
        items = named if isinstance(named, list) else [named]
        columns = tuple(_known(item, place) for item in items)
    elif draft.columns is not None:
        columns = tuple(_known(item, place) for item in draft.columns)
    elif draft.under is not None and (kind.columns != "none" or kind.under_property):
        columns = (draft.under,)
    else:
        columns = kind.default_columns(form.columns)
    if len(set(columns)) != len(columns):
        raise bad(place, "columns", "names a column twice", "重复列出同一列")
    if kind.columns == "one" and len(columns) != 1:
        raise bad(place, "columns", "must name exactly one column", "必须恰好指明一列")
    if kind.columns == "many" and not columns:
        raise bad(place, "columns", "must name a column", "必须指明列")
    return columns


def _known(name: Any, place: Place) -> str:
    if not isinstance(name, str):
        raise bad(place, "columns", "must be column names", "必须是列名")
    if name not in place.columns:
        raise refuse("unknown_column", {"column": name})
    return name


def _tolerance(value: Any, kind: Kind, place: Place) -> Tolerance | None:
    if value is None:
        return None
    at = replace(place, parameter="tolerance")
    if kind.level == "table":
        raise bad(at, "tolerance", "does not go with a table rule", "不能用于表级规则")
    if not isinstance(value, dict) or len(value) != 1 or set(value) - {"rows", "percent"}:
        raise bad(at, "tolerance", "is {rows: n} or {percent: p}", "应为 {rows: n} 或 {percent: p}")
    if "rows" in value:
        return Tolerance(rows=whole(0)(value["rows"], at))
    return Tolerance(percent=percent(value["percent"], at))


def _merged(rules: list[Rule]) -> list[Rule]:
    """§1.1: equal rules become one: id and form of the first, the stricter severity."""
    kept: dict[Any, Rule] = {}
    for rule in rules:
        threshold = rule.threshold
        key = _frozen(
            (
                rule.kind,
                rule.columns,
                dict(rule.parameters),
                rule.where_tree,
                (rule.tolerance.rows or 0, rule.tolerance.percent) if rule.tolerance else (0, None),
                threshold and (threshold.operator, threshold.operands, threshold.unit),
                rule.id if rule.unsupported else None,
            )
        )
        first = kept.get(key)
        if first is None:
            kept[key] = rule
            continue
        stricter = min(first.severity, rule.severity, key=SEVERITIES.index)
        kept[key] = replace(first, severity=stricter, sources=(*first.sources, *rule.sources))
    return list(kept.values())


def _frozen(value: Any) -> Any:
    """A hashable stand-in that tells text from numbers."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), _frozen(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *(_frozen(item) for item in value))
    return (type(value).__name__, str(value))


def _numbered(rules: list[Rule]) -> tuple[Rule, ...]:
    """A second equal id gets `#2`, then `#3`."""
    seen: dict[str, int] = {}
    numbered = []
    for rule in rules:
        seen[rule.id] = seen.get(rule.id, 0) + 1
        suffix = f"#{seen[rule.id]}" if seen[rule.id] > 1 else ""
        numbered.append(replace(rule, id=rule.id + suffix))
    return tuple(numbered)
