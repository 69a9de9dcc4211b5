"""A compiled standard as plain Pandera, in Python or YAML: nothing is locked in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.compat import StringIO

from governance.validation.errors import Unjudgeable
from governance.validation.kinds import registry
from governance.validation.kinds.base import Bound, polars_body
from governance.validation.model import Rule
from governance.validation.pandera_form import plain_resources, stored_type
from governance.validation.pandera_words import says_not_nullable
from governance.validation.standard import CompiledStandard

_HEAD = '''"""{name} {version}, generated from the standard {identifier}.

Plain pandera.polars. Checks named gavel_… are registered by governance.validation.pandera_form and judge
the frame
made by governance.validation.engine.preparing.prepare; without it, leave them out.
"""

import datetime

import pandera.polars as pa
import polars as pl
from governance.validation.portable import gavel

STANDARD = {standard!r}

schema = pa.DataFrameSchema(
    {{
'''


def pandera_python(compiled: CompiledStandard) -> str:
    """Python source that builds the schema. Built-in checks stand as themselves."""
    bound, filled = _by_column(compiled), _never_null(compiled)
    lines = [
        _HEAD.format(
            name=compiled.form.name,
            version=compiled.document.version,
            identifier=compiled.document.identifier,
            standard=compiled.document.data.decode("utf-8-sig"),
        )
    ]
    for name, column in compiled.columns.items():
        dtype = stored_type(column)
        checks = "".join(
            f"                {_python_check(compiled, rule)},\n" for rule in bound.get(name, ())
        )
        lines.append(
            f"        {name!r}: pa.Column(\n"
            f"            {'None' if dtype is None else 'pl.' + repr(dtype)},\n"
            f"            checks=[\n{checks}            ],\n"
            f"            nullable={name not in filled},\n"
            f"            required={not column.optional},\n        ),\n"
        )
    lines.append("    },\n    checks=[\n")
    lines += [f"        {_python_check(compiled, rule)},\n" for rule in bound.get(None, ())]
    lines.append("    ],\n)\n")
    return "".join(lines)


def pandera_yaml(compiled: CompiledStandard) -> str:
    """The schema in the layout of `pandera.io`; checks by registered name with their parameters as
    written."""
    bound, filled = _by_column(compiled), _never_null(compiled)
    tree = {
        "schema_type": "dataframe",
        "version": compiled.document.version,
        "columns": {
            name: {
                "dtype": None if stored_type(column) is None else str(stored_type(column)),
                "nullable": name not in filled,
                "required": not column.optional,
                "checks": [_yaml_check(compiled, rule) for rule in bound.get(name, ())],
            }
            for name, column in compiled.columns.items()
        },
        "checks": [_yaml_check(compiled, rule) for rule in bound.get(None, ())],
        "index": None,
        "coerce": False,
        "strict": False,
    }
    out = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.dump(_plain(tree), out)
    return str(out.getvalue())


def _by_column(compiled: CompiledStandard) -> dict[str | None, list[Rule]]:
    found: dict[str | None, list[Rule]] = {}
    for rule in compiled.rules:
        if not rule.unsupported and not says_not_nullable(rule, compiled.columns):
            single = rule.level == "row" and len(rule.columns) == 1
            found.setdefault(rule.columns[0] if single else None, []).append(rule)
    return found


def _never_null(compiled: CompiledStandard) -> set[str]:
    return {rule.columns[0] for rule in compiled.rules if says_not_nullable(rule, compiled.columns)}


def _builtin(compiled: CompiledStandard, rule: Rule) -> tuple[str, Mapping[str, Any]] | None:
    body = polars_body(rule.kind)
    if body.builtin is None or rule.where is not None or rule.kind == "not_in_future":
        return None  # the last reads the clock when it runs
    try:
        return body.builtin(Bound(rule, compiled.columns, plain_resources(compiled)))
    except Unjudgeable:
        return None


def _python_check(compiled: CompiledStandard, rule: Rule) -> str:
    found = _builtin(compiled, rule)
    if found is None:
        return f"gavel(STANDARD, {compiled.form.name!r}, {rule.id!r})"
    name, arguments = found
    shown = ", ".join(f"{key}={_literal(value)}" for key, value in arguments.items())
    return f"pa.Check.{name}({shown}, name={rule.id!r})"


def _yaml_check(compiled: CompiledStandard, rule: Rule) -> dict[str, Any]:
    found = _builtin(compiled, rule)
    name, arguments = found if found is not None else (registry()[rule.kind].check_name, rule.written)
    entry: dict[str, Any] = {"name": rule.id, "check": name, "arguments": dict(arguments)}
    if found is None:
        entry["columns"] = list(rule.columns)
    if rule.where_tree is not None:
        entry["where"] = rule.where_tree
    return entry


def _literal(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f"float({str(value)!r})"
    return repr(value)


def _plain(value: Any) -> Any:
    """Only what YAML has words for."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)
