"""JSON text to plain data, and the check against the JSON Schema (committee-rules §13)."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from committee.engine.faults import InputFault, pointer

SCHEMA_SHA256 = "92129808c24fb93a4ee1bf6ae0da1fe600db702435a5979eaa98078337419616"


def parse_json(text: bytes) -> Any:
    """Plain data of UTF-8 JSON. Raises InputFault `bad_json`, also for NaN and for a key given twice."""
    try:
        return json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as fault:
        raise InputFault("bad_json", "", f"not a JSON document: {fault}") from fault


def check_case(document: Any) -> dict[str, Any]:
    """The document with whole numbers as integers, valid against the schema. Raises InputFault `schema`."""
    try:
        plain = _plain(document)
        error = next(_validator().iter_errors(plain), None)
    except RecursionError as fault:
        raise InputFault("schema", "", "nested too deeply") from fault
    if error is None:
        case: dict[str, Any] = plain
        return case
    error = _innermost(error)
    raise InputFault("schema", _path(error), error.message[:300])


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _plain(value: Any) -> Any:
    # JSON Schema counts 3.0 as an integer; the ledger knows only one spelling of it.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {_text(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _text(value)


def _text(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as fault:
            raise InputFault("bad_json", "", "text holds an unpaired surrogate") from fault
    return value


@lru_cache(maxsize=512)
def _pattern(pattern: str) -> re.Pattern[str]:
    # ECMA 262 as JSON Schema wants it: `$` is the very end, `\d` an ASCII digit.
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


def _match(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and _pattern(pattern).search(value) is None:
        yield ValidationError(f"{value[:100]!r} does not match {pattern!r}")


def _all_of(validator: Any, branches: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    # Same answers as the stock keyword: a branch whose `if` asks for another constant says nothing.
    for index, branch in enumerate(branches):
        if not _is_passed_over(branch, value):
            yield from validator.descend(value, branch, schema_path=index)


def _is_passed_over(branch: Any, value: Any) -> bool:
    condition = branch.get("if")
    if condition is None or "else" in branch or set(condition) != {"properties", "required"}:
        return False
    (name,) = condition["required"]
    wanted = condition["properties"].get(name, {}).get("const")
    return isinstance(wanted, str) and isinstance(value, dict) and value.get(name) != wanted


@lru_cache(maxsize=1)
def _validator() -> Any:
    text = resources.files("committee.engine").joinpath("schemas", "committee-case.schema.json").read_bytes()
    make: Any = extend  # untyped in jsonschema
    keywords = {"pattern": _match, "allOf": _all_of}
    schema = json.loads(text)
    defs = schema.pop("$defs")
    return make(Draft202012Validator, keywords)(_inlined(schema, defs))


def _inlined(schema: Any, defs: dict[str, Any]) -> Any:
    # The case has no recursive part. Written out, references are looked up once and not at every value.
    if isinstance(schema, list):
        return [_inlined(item, defs) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _inlined(item, defs) for key, item in schema.items() if key != "$ref"}
    if "$ref" in schema:
        plain.update(_inlined(defs[schema["$ref"].removeprefix("#/$defs/")], defs))
    return plain


def _innermost(error: ValidationError) -> ValidationError:
    # Of the branches of an anyOf the one whose type fits says what is wrong inside.
    while error.validator == "anyOf":
        fitting = [inner for inner in error.context or [] if inner.validator != "type" or inner.relative_path]
        if not fitting:
            break
        error = fitting[0]
    return error


def _path(error: ValidationError) -> str:
    steps = list(error.absolute_path)
    given: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    if error.validator == "required":
        steps.append(next(name for name in rule if name not in given))
    elif error.validator == "additionalProperties":
        steps.append(next(name for name in given if name not in schema.get("properties", {})))
    return pointer(*(step for step in steps if step != ""))
