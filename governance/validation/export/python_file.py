"""A compiled standard as one Python file that needs pandera and polars, and nothing of ours."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from textwrap import indent
from typing import Any

from governance.validation.errors import Unjudgeable
from governance.validation.export.literals import literal, patterns_in
from governance.validation.export.source import KINDS, LIBRARIES, Collector, Key, NotPortable, body_parts
from governance.validation.export.templates import COLUMN, FOOT, HEAD, MAIN, SCHEMA
from governance.validation.expressions import Expression
from governance.validation.kinds import registry
from governance.validation.kinds.allowed.on_polars import typed_series
from governance.validation.kinds.base import Bound, polars_body
from governance.validation.kinds.invalid_values import option_rules
from governance.validation.kinds.parameters import Place, read_parameters
from governance.validation.model import Column, ObjectForm, Rule, Tolerance
from governance.validation.pandera_form import plain_resources, stored_type
from governance.validation.pandera_words import says_not_nullable
from governance.validation.predicates import Predicate
from governance.validation.regex import polars_pattern
from governance.validation.standard import CompiledStandard, reference_form

RUNTIME = "governance.validation.export.runtime"
PARTS = ("ok", "checked", "failing", "aggregates", "judge", "measure", "holds")
NESTED = "is about a nested property, which cannot be judged"

_INSTEAD: Mapping[Key, Key] = {
    ("governance.validation.errors", "invalid"): (RUNTIME, "invalid"),
    ("governance.validation.errors", "EngineError"): (RUNTIME, "Invalid"),
    ("governance.validation.regex", "polars_pattern"): (RUNTIME, "polars_pattern"),
    (f"{KINDS}.repeats", "repeated_rows"): (RUNTIME, "repeated_rows"),
}
_RESERVED = frozenset(
    {"prepare", "read", "failures", "main", "schema", "columns", "forms"}
    | {"check", "known", "context", "logical"}
    | {"NAME", "TIMEZONE", "NOT_NULL", "NOT_EXPORTED"}
)
_STANDARD_LIBRARY = {
    **dict.fromkeys(("UTC", "date", "datetime", "time", "timedelta"), "datetime"),
    "Decimal": "decimal",
    "Fraction": "fractions",
    "Mapping": "collections.abc",
    "Any": "typing",
}


def pandera_python(compiled: CompiledStandard) -> str:
    """Source of a module with `schema`, `prepare`, `read`, `failures`, `main` and `NOT_EXPORTED`."""
    return _File(compiled).text()


class _File:
    """Collects what the checks need while they are written."""

    def __init__(self, compiled: CompiledStandard) -> None:
        self._compiled = compiled
        self._collector = Collector(_INSTEAD, _RESERVED)
        self._not_exported = {
            item.id: f"kept, not executable ({item.reason})" for item in compiled.not_executed
        }
        self._patterns: set[str] = set()

    def text(self) -> str:
        """Header, the standard, what one calls, and below it how the rules are judged."""
        for name in ("prepared", "resources_of", "failures_of", "schema_of", "table_of", "read_file", "Form"):
            self._collector.want(RUNTIME, name)
        self._want("model", "Column")
        self._want("casts", "LogicalType")
        form = self._compiled.form
        schema = self._schema()
        parts = [
            self._constants(),
            schema,
            _columns_text("columns", form),
            self._forms(),
            FOOT.format(delimiter=form.csv.delimiter, encoding=form.csv.encoding),
            "\n\n# How the rules are judged.\n\n",
            "\n\n\n".join(self._collector.texts),
            self._rewritten(),
            MAIN,
        ]
        whole = "".join(parts)
        return self._head() + self._imports(whole) + whole

    def _want(self, module: str, name: str) -> str:
        return self._collector.want(f"governance.validation.{module}", name)

    def _head(self) -> str:
        compiled = self._compiled
        rows = [f"- {name}: {why}" for name, why in self._not_exported.items()]
        shown = HEAD.format(
            name=compiled.form.name,
            version=compiled.document.version,
            identifier=compiled.document.identifier,
            left_out="\n".join(["Not in this file (NOT_EXPORTED):", *rows])
            if rows
            else "Every rule of the standard is in this file.",
        )
        escaped = shown.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        return f'"""{escaped}"""\n\nfrom __future__ import annotations\n\n'

    def _constants(self) -> str:
        compiled = self._compiled
        not_null = {
            f"{rule.columns[0]}.not_nullable": rule.id
            for rule in compiled.rules
            if says_not_nullable(rule, compiled.columns)
        }
        pairs = {
            "NAME": compiled.form.name,
            "TIMEZONE": compiled.form.timezone,
            "NOT_NULL": not_null,
            "NOT_EXPORTED": self._not_exported,
        }
        return "\n" + "".join(f"{name} = {literal(value)}\n" for name, value in pairs.items())

    def _schema(self) -> str:
        own, whole = self._checks()
        rules, known = self._compiled.rules, self._compiled.columns
        filled = {rule.columns[0] for rule in rules if says_not_nullable(rule, known)}
        columns = "".join(
            COLUMN.format(
                name=name,
                dtype="None" if (dtype := stored_type(column)) is None else f"pl.{dtype!r}",
                nullable=name not in filled,
                required=not column.optional,
                checks="".join(f"{indent(check, ' ' * 20)},\n" for check in own[name]),
            )
            for name, column in known.items()
        )
        return SCHEMA.format(
            columns=columns, whole="".join(f"{indent(check, ' ' * 12)},\n" for check in whole)
        )

    def _checks(self) -> tuple[dict[str, list[str]], list[str]]:
        """Checks of each column, and those of the table."""
        own: dict[str, list[str]] = {name: [] for name in self._compiled.columns}
        whole: list[str] = []
        for rule in self._compiled.rules:
            if rule.unsupported or self._is_nested(rule):
                self._not_exported[rule.id] = NESTED
            elif not says_not_nullable(rule, self._compiled.columns):
                try:
                    with self._collector.whole():
                        check = self._builtin(rule) or self._own(rule)
                except NotPortable as reason:
                    self._not_exported[rule.id] = f"needs more than pandera and polars ({reason})"
                    continue
                single = rule.level == "row" and len(rule.columns) == 1
                (own[rule.columns[0]] if single else whole).append(check)
        return own, whole

    def _is_nested(self, rule: Rule) -> bool:
        nested = any(self._compiled.columns[name].is_nested for name in rule.reads)
        return nested and not registry()[rule.kind].judges_nested

    def _builtin(self, rule: Rule) -> str | None:
        """A check of Pandera's own, where one says exactly the same."""
        found = builtin_of(self._compiled, rule)
        if found is None:
            return None
        shown = ", ".join(f"{key}={literal(value)}" for key, value in found[1].items())
        return f"pa.Check.{found[0]}({shown}, name={rule.id!r})"

    def _own(self, rule: Rule) -> str:
        """A check made of the rule kind's own functions; raises NotPortable."""
        arguments = [f"{part}={name}" for part, name in self._functions(rule).items()]
        self._want("model", "Rule")
        self._want("kinds.base", "Bound")
        self._collector.want(RUNTIME, "check_of")
        return _call("check", [_call("Rule", self._rule(rule)), *arguments])

    def _functions(self, rule: Rule) -> dict[str, str]:
        if rule.kind == "invalid_values":
            return {"ok": self._collector.want(RUNTIME, "invalid_ok")}
        return self._functions_of(rule.kind)

    def _functions_of(self, kind: str) -> dict[str, str]:
        names: dict[str, str] = {}
        for part, node in body_parts(kind).items():
            if part not in PARTS:
                continue
            module = f"{KINDS}.{kind}" + ("" if part in ("judge", "holds") else ".on_polars")
            if isinstance(node, ast.Name):
                names[part] = self._collector.want(module, node.id)
            else:
                names[part] = self._collector.lambda_text(module, f"{kind}_{part}", node)
        return names

    def _rule(self, rule: Rule) -> list[str]:
        given = [rule.id, rule.kind, rule.columns, rule.level, rule.severity, rule.dimension]
        parts = [", ".join(map(literal, given)), f"reads={literal(rule.reads)}"]
        if rule.parameters:
            parts.append(f"parameters={self._parameters(rule)}")
        if rule.where_tree is not None:
            parts.append(f"where={self._predicate(rule.where_tree)}")
        for name in ("tolerance", "threshold"):
            value = getattr(rule, name)
            if value is not None:
                self._want("model", type(value).__name__)
                parts.append(f"{name}={literal(value)}")
        if rule.library:
            parts.append("library=True")
        return [*parts, f"sentence_en={literal(rule.sentence_en)}"]

    def _parameters(self, rule: Rule) -> str:
        if rule.kind == "invalid_values":
            return self._invalid_parameters(rule)
        self._patterns |= patterns_in(rule.written)
        pairs = [f"{name!r}: {self._parameter(rule, name, value)}" for name, value in rule.parameters.items()]
        return "{" + ", ".join(pairs) + "}"

    def _parameter(self, rule: Rule, name: str, value: Any) -> str:
        if isinstance(value, Predicate):
            return self._predicate(rule.written[name])
        if isinstance(value, Expression):
            return f"{self._want('expressions', 'parse_expression')}({value.source!r}, logical)"
        if isinstance(value, Tolerance):
            self._want("model", "Tolerance")
        return literal(value)

    def _invalid_parameters(self, rule: Rule) -> str:
        """With neither list nor pattern: the options of the column, each judged by its own kind."""
        column = self._compiled.columns[rule.columns[0]]
        valid, form = rule.parameters["valid_values"], rule.parameters["pattern"]
        options = ""
        if valid is None and form is None:
            for kind, given in option_rules(column.logical.name, column.options):
                place = Place(kind, self._compiled.columns, column)
                parsed = read_parameters(given, registry()[kind].parameters, place)
                self._patterns |= patterns_in(given)
                options += f"({kind!r}, {self._functions_of(kind)['ok']}, {literal(parsed)}), "
        self._patterns |= {form} if form is not None else set()
        dtype = typed_series(Bound(rule, self._compiled.columns, plain_resources(self._compiled)), ()).dtype
        shown = {"valid_values": literal(valid), "pattern": literal(form), "dtype": literal(dtype)}
        pairs = [f"{name!r}: {text}" for name, text in shown.items()]
        return "{" + ", ".join([*pairs, f"'options': ({options})"]) + "}"

    def _predicate(self, tree: Any) -> str:
        self._patterns |= patterns_in(tree)
        reader = self._want("predicates", "parse_predicate")
        return f"{reader}({literal(tree)}, logical, timezone=TIMEZONE)"

    def _forms(self) -> str:
        """The objects of the standard that references are named after, and its own for a previous version."""
        compiled, texts = self._compiled, ""
        calls = [f"{compiled.form.name!r}: Form(columns())"]
        for place, name in enumerate(_references(compiled.rules)):
            form = reference_form(compiled.document, name)
            if form is not None and name != compiled.form.name:
                texts += _columns_text(f"columns_{place}", form)
                calls.append(f"{name!r}: Form(columns_{place}())")
        docstring = '    """Columns of the objects by which other data sets are read."""\n'
        return f"{texts}\n\ndef forms() -> dict[str, Form]:\n{docstring}    return {{{', '.join(calls)}}}\n"

    def _rewritten(self) -> str:
        if not any("polars_pattern(" in text for text in self._collector.texts):
            return ""
        found = {pattern: polars_pattern(pattern) for pattern in sorted(self._patterns)}
        return f"\n\n\nREWRITTEN.update({literal(found)})"

    def _imports(self, whole: str) -> str:
        used = {node.id for node in ast.walk(ast.parse(whole)) if isinstance(node, ast.Name)}
        annotations = [name for name in self._collector.undefined() if name in used]
        used |= {"Any"} if annotations else set()
        lines = {line for line in self._collector.imports if line.split()[-1].partition(".")[0] in used}
        lines |= {
            f"from {module} import {name}" for name, module in _STANDARD_LIBRARY.items() if name in used
        }
        lines |= {"import argparse", "import sys", "import polars as pl", "import pandera.polars as pa"}
        return f"{import_lines(lines)}\n" + "".join(f"{name} = Any\n" for name in ["", *annotations] if name)


def import_lines(lines: Iterable[str]) -> str:
    """Imports, one line a module, the standard library first."""
    whole = sorted(line for line in lines if line.startswith("import "))
    named: dict[str, list[str]] = {}
    for line in sorted(set(lines) - set(whole)):
        _, module, _, name = line.split(maxsplit=3)
        named.setdefault(module, []).append(name)
    whole += [f"from {module} import {', '.join(names)}" for module, names in named.items()]
    others = [line for line in whole if line.split()[1].partition(".")[0] in LIBRARIES]
    return "\n".join([*(line for line in whole if line not in others), "", *others]) + "\n"


def builtin_of(compiled: CompiledStandard, rule: Rule) -> tuple[str, Mapping[str, Any]] | None:
    """(name, arguments) of the check of Pandera's own that says exactly the same, if there is one."""
    builtin = polars_body(rule.kind).builtin
    plain = rule.where is None and rule.tolerance is None and rule.threshold is None
    if builtin is None or not plain or rule.kind == "not_in_future":  # the last asks the clock
        return None
    try:
        return builtin(Bound(rule, compiled.columns, plain_resources(compiled)))
    except Unjudgeable:
        return None


def _call(name: str, arguments: list[str]) -> str:
    """A call with one argument a line."""
    return f"{name}(\n" + "".join(f"{indent(item, '    ')},\n" for item in arguments) + ")"


def _columns_text(name: str, form: ObjectForm) -> str:
    lines = "".join(f"        {key!r}: {_column(column)},\n" for key, column in form.columns.items())
    docstring = f'    """Columns of {form.name!r}: name, header, type."""\n'
    return f"\n\ndef {name}() -> dict[str, Column]:\n{docstring}    return {{\n{lines}    }}\n"


def _column(column: Column) -> str:
    logical = column.logical
    kind = ", ".join(map(repr, (logical.name, logical.format, logical.timezone, logical.default_timezone)))
    optional = ", optional=True" if column.optional else ""
    return f"Column({column.name!r}, {column.physical_name!r}, LogicalType({kind}){optional})"


def _references(rules: Iterable[Rule]) -> list[str]:
    found = (rule.parameters.get(name) for rule in rules for name in ("reference", "against"))
    return list(dict.fromkeys(name for name in found if isinstance(name, str)))
