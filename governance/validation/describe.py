"""`python -m governance.validation.describe`: answers about standards, in a process of its own.

So the web process never carries the engine's libraries, and a hostile document is bounded in time and memory.
On stdin one line of JSON, the question, then the bytes of the document:

- `{"do": "describe", "changes": […]}`: the document after these changes (`standard.changing`), compiled and
  linted: {version, digest, document, rules, columns, kept, warnings, compiled, touched};
- `{"do": "export", "object": NAME, "format": "pandera-python" | "pandera-yaml"}`: {text};
- `{"do": "kinds"}`: {kinds}, what forms need to know of every rule kind.

One JSON object on stdout. Exit 2 with the {error} of the report schemas.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from governance.validation.standard import CompiledStandard, Rule, StandardDocument

MOST_MEMORY: Final = 3 * 1024**3
MOST_SECONDS: Final = 60


def describe(document: bytes, changes: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """All that is stored of a document beside its bytes. Raises EngineError."""
    from governance.validation import standard  # loads polars, which is why this module is run as a child
    from governance.validation.standard.changing import changed

    parsed, touched = changed(standard.load(document), changes or [])
    compiled = [standard.compile(parsed, name) for name in parsed.object_names]
    rules = [_rule(one, rule) for one in compiled for rule in one.rules]
    forms = [[rule["object_name"], rule["rule_id"], rule["form"]] for rule in rules]
    return {
        "version": parsed.version,
        "digest": parsed.digest,
        "document": parsed.data.decode(),
        "rules": rules,
        "columns": [_column(one, index) for one in compiled for index in range(len(_properties(one)))],
        "kept": [
            {"object": one.form.name, **item.as_dict()} for one in compiled for item in one.not_executed
        ],
        "warnings": [warning for one in compiled for warning in _warnings(one)],
        "compiled": f"sha256:{hashlib.sha256(json.dumps(forms).encode()).hexdigest()}",
        "touched": _touched(parsed, rules, touched),
    }


def _rule(compiled: CompiledStandard, rule: Rule) -> dict[str, Any]:
    from governance.validation.pandera_words import form_words
    from governance.validation.standard.changing import node_at, quality_pointer, removable
    from governance.validation.standard.entries import words_of

    at = quality_pointer(rule)
    entry = words_of(rule, node_at(compiled.document, at)) if at and not rule.unsupported else {}
    return {
        "object_name": compiled.form.name,
        "rule_id": rule.id,
        "kind": rule.kind,
        "columns": list(rule.columns),
        "severity": rule.severity,
        "dimension": rule.dimension,
        "sentence": rule.sentence_en,
        "sentence_zh": rule.sentence_zh,
        "form": form_words(compiled, rule),
        "place": at or rule.sources[0],
        "removable": removable(rule),
        "entry": entry,
    }


def _properties(compiled: CompiledStandard) -> list[dict[str, Any]]:
    node = compiled.document.pick_object(compiled.form.name, None)
    return list(node.get("properties") or ())


def _column(compiled: CompiledStandard, index: int) -> dict[str, Any]:
    """One property as forms show it: flags as they are, all else as text."""
    from governance.validation.standard.changing import COLUMN_KEYS, FLAGS, OPTION_KEYS
    from governance.validation.standard.entries import text_of

    node = _properties(compiled)[index]
    options = node.get("logicalTypeOptions") or {}
    shown = {key: text_of(node[key]) for key in COLUMN_KEYS if key in node and key not in FLAGS}
    return {
        "object": compiled.form.name,
        "name": str(node["name"]),
        **shown,
        **{key: True for key in FLAGS if node.get(key) is True},
        **{key: text_of(options[key]) for key in OPTION_KEYS if key in options},
    }


def _warnings(compiled: CompiledStandard) -> list[dict[str, Any]]:
    found = compiled.warnings
    if any(column.examples for column in compiled.columns.values()):
        from datetime import UTC, datetime

        from governance.validation.linting import (
            lint,
        )  # binds rules to examples: the engine, loaded only here

        found = lint(compiled, datetime.now(UTC))
    return [{"object": compiled.form.name, **warning.as_dict()} for warning in found]


def _touched(
    document: StandardDocument, rules: list[dict[str, Any]], pointer: str | None
) -> dict[str, Any] | None:
    """The node a change wrote, its text, and the rules that stand in it."""
    if pointer is None:
        return None
    inside = [rule["rule_id"] for rule in rules if f"{rule['place']}/".startswith(f"{pointer}/")]
    return {"pointer": pointer, "fragment": document.fragment(pointer), "rules": inside}


def export(document: bytes, object_name: str | None, form: str) -> dict[str, Any]:
    """One object as plain Pandera. Raises EngineError."""
    from governance.validation import export as exporting  # loads pandera
    from governance.validation import standard

    compiled = standard.compile(standard.load(document), object_name or None)
    writer = exporting.pandera_python if form == "pandera-python" else exporting.pandera_yaml
    return {"text": writer(compiled)}


def kinds() -> dict[str, Any]:
    """Every rule kind with its parameters, as forms and programs need them."""
    from governance.validation.kinds import registry
    from governance.validation.kinds.parameters import Parameter, help_of, shape_of

    def parameter(name: str, one: Parameter) -> dict[str, Any]:
        shape = shape_of(one)
        help_en, help_zh = help_of(name, one)
        return {
            "name": name,
            "form": shape.form,
            "choices": list(shape.choices),
            "required": one.required,
            "default": None if one.required else _plain(one.default),
            "help": help_en,
            "help_zh": help_zh,
        }

    return {
        "kinds": [
            {
                "name": kind.name,
                "summary": kind.summary[0],
                "summary_zh": kind.summary[1],
                "level": kind.level,
                "severity": kind.severity,
                "dimension": kind.dimension,
                "columns": kind.columns,
                "operator": kind.operator,
                "implied": kind.name in IMPLIED,
                "parameters": [
                    parameter(name, one) for name, one in kind.parameters.items() if name != "column"
                ],
            }
            for kind in sorted(registry().values(), key=lambda kind: kind.name)
        ]
    }


IMPLIED: Final = frozenset({"columns", "rows_present", "dtype"})
"""Kinds that follow from a table and its columns; nobody adds them one by one."""


def _plain(value: Any) -> Any:
    """A default as JSON: lists as lists, exact numbers as text."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | str) or value is None else str(value)


def answer(question: Mapping[str, Any], document: bytes) -> dict[str, Any]:
    """Answer one question. Raises EngineError."""
    if question["do"] == "kinds":
        return kinds()
    if question["do"] == "export":
        return export(document, question.get("object"), str(question["format"]))
    return describe(document, list(question.get("changes") or ()))


def _question(line: bytes) -> dict[str, Any]:
    """The question with numbers that remember their text, as a document's do."""
    from governance.validation.scalars import SourceFloat, SourceInt

    found: dict[str, Any] = json.loads(
        line,
        parse_int=lambda text: SourceInt(int(text), text),
        parse_float=lambda text: SourceFloat(float(text), text),
    )
    return found


def main() -> int:
    """Bounded by the kernel: a document that wants more memory or time ends this process only."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    from governance.validation.errors import EngineError

    try:
        line, document = sys.stdin.buffer.readline(), sys.stdin.buffer.read()
        found, status = answer(_question(line), document), 0
    except EngineError as error:
        found, status = error.as_dict(), 2
    sys.stdout.write(json.dumps(found, ensure_ascii=False, default=str))
    return status


if __name__ == "__main__":
    sys.exit(main())
