"""JSON text to plain data, and the check against the JSON Schema (committee-rules §13)."""

import json
from functools import lru_cache
from importlib import resources
from typing import Any

from committee.engine.faults import InputFault
from committee.engine.fitting import Schema, Test, compiled, is_sound

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
    """The document with whole numbers as integers, valid against the schema. Raises InputFault `schema`.

    A document that fits as it stands is returned itself, not a copy.
    """
    if not isinstance(document, dict):
        raise InputFault("schema", "", "a case is a JSON object")
    try:
        if _fits()(document):
            return document
        plain: dict[str, Any] = _plain(document)
        if _fits()(plain):
            return plain
    except RecursionError as fault:
        raise InputFault("schema", "", "nested too deeply") from fault
    from committee.engine.explaining import explain  # jsonschema takes longer to load than a tally

    raise explain(plain, case_schema())


@lru_cache(maxsize=1)
def case_schema() -> Schema:
    """The schema of a case without references, so that nothing is looked up at every value."""
    text = resources.files("committee.engine").joinpath("schemas", "committee-case.schema.json").read_bytes()
    schema = json.loads(text)
    inlined: Schema = _inlined(schema, schema.pop("$defs"))
    return inlined


@lru_cache(maxsize=1)
def _fits() -> Test:
    return compiled(case_schema())


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
    if isinstance(value, str) and not is_sound(value):
        raise InputFault("bad_json", "", "text holds an unpaired surrogate")
    return value


def _inlined(schema: Any, defs: dict[str, Any]) -> Any:
    # The case has no recursive part.
    if isinstance(schema, list):
        return [_inlined(item, defs) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _inlined(item, defs) for key, item in schema.items() if key != "$ref"}
    if "$ref" in schema:
        plain.update(_inlined(defs[schema["$ref"].removeprefix("#/$defs/")], defs))
    return plain
