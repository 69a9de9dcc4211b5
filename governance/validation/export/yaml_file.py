"""A compiled standard as YAML that `pandera.io.polars_io.from_yaml` reads: what Pandera can say by itself."""

from __future__ import annotations

from textwrap import wrap

import pandera.polars as pa
from pandera.io.polars_io import to_yaml

from governance.validation.export.python_file import builtin_of
from governance.validation.model import Rule
from governance.validation.pandera_form import stored_type
from governance.validation.standard import CompiledStandard

_HEAD = """{name} {version}, from the standard {identifier}, for a frame of typed columns.
Read it with pandera.io.polars_io.from_yaml (which needs pyyaml, and pandas for the checks).
Pandera's YAML holds only checks of its own. `--format pandera-python` has the others too.
"""


def pandera_yaml(compiled: CompiledStandard) -> str:
    """Types, presence and Pandera's own checks; a comment block lists the rules that are not in it."""
    checks: dict[str, list[pa.Check]] = {name: [] for name in compiled.columns}
    implied, left_out, filled = [], [item.id for item in compiled.not_executed], set()
    for rule in compiled.rules:
        found = None if rule.unsupported else builtin_of(compiled, rule)
        if found is not None:
            checks[rule.columns[0]].append(getattr(pa.Check, found[0])(**found[1], name=rule.id))
        elif _is_implied(compiled, rule):
            implied.append(rule.id)
            filled |= set(rule.columns) if rule.kind == "not_null" else set()
        else:
            left_out.append(rule.id)
    schema = pa.DataFrameSchema(
        {
            name: pa.Column(
                stored_type(column),
                checks=checks[name],
                nullable=name not in filled,
                required=not column.optional,
            )
            for name, column in compiled.columns.items()
        },
        strict=compiled.form.strict,
    )
    head = _HEAD.format(
        name=compiled.form.name, version=compiled.document.version, identifier=compiled.document.identifier
    )
    lines = [*head.splitlines(), *_listed("Said by dtype, nullable, required and strict", implied)]
    lines += _listed("NOT in this file", left_out)
    return "".join(f"# {line}\n" for line in lines) + str(to_yaml(schema))


def _is_implied(compiled: CompiledStandard, rule: Rule) -> bool:
    """On typed columns these say the same as the column's own settings."""
    if rule.unsupported or rule.where is not None or rule.tolerance is not None or rule.threshold is not None:
        return False
    if rule.kind == "dtype":
        column = compiled.columns[rule.columns[0]]
        plain = rule.parameters["type"] == column.logical.name and rule.parameters["format"] is None
        return plain and stored_type(column) is not None
    return rule.kind in ("not_null", "columns")


def _listed(title: str, rules: list[str]) -> list[str]:
    return wrap(f"{title}: {', '.join(rules)}", 100, break_long_words=False) if rules else []
