"""What is wrong with a document that does not fit the schema, and where. Loaded only when something is."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from committee.engine.faults import InputFault, pointer
from committee.engine.fitting import Schema, Test, compiled, pattern_of

_Step = str | int


def explain(document: Any, schema: Schema) -> InputFault:
    """The fault `schema` of a document of which `compiled(schema)` says that it does not fit."""
    steps, value, part = _narrowed(document, schema)
    error = _first(value, _shallow(part)) or _first(value, part)
    if error is None:
        raise AssertionError(f"{pointer(*steps)} fits after all")
    error = _innermost(error)
    return InputFault("schema", _path(steps, error), error.message[:300])


def _narrowed(value: Any, schema: Schema) -> tuple[list[_Step], Any, Schema]:
    """Down to the smallest part that does not fit; jsonschema on the whole would take seconds."""
    steps: list[_Step] = []
    while (found := _wrong_child(value, schema)) is not None:
        step, value, schema = found
        steps.append(step)
    return steps, value, schema


def _wrong_child(value: Any, schema: Schema) -> tuple[_Step, Any, Schema] | None:
    wrong = (child for child in _children(value, schema) if not child[3](child[1]))
    return next(((step, item, part) for step, item, part, _ in wrong), None)


def _children(value: Any, schema: Schema) -> Iterator[tuple[_Step, Any, Schema, Test]]:
    if isinstance(value, dict):
        for name, part in schema.get("properties", {}).items():
            if name in value:
                yield name, value[name], part, compiled(part)
    elif isinstance(value, list) and "items" in schema:
        fits = compiled(schema["items"])
        for index, item in enumerate(value):
            yield index, item, schema["items"], fits


def _shallow(schema: Schema) -> Schema:
    """The same of the value itself: its parts are known to fit."""
    parts: dict[str, Schema] = {name: {} for name in schema.get("properties", ())}
    own = {key: rule for key, rule in schema.items() if key not in ("items", "properties")}
    return own | ({"properties": parts} if parts else {})


def _match(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(value, str) and pattern_of(pattern).search(value) is None:
        yield ValidationError(f"{value[:100]!r} does not match {pattern!r}")


def _first(value: Any, schema: Schema) -> ValidationError | None:
    make: Any = extend  # untyped in jsonschema
    validator = make(Draft202012Validator, {"pattern": _match})(schema)
    found: ValidationError | None = next(validator.iter_errors(value), None)
    return found


def _innermost(error: ValidationError) -> ValidationError:
    # Of the branches of an anyOf the one whose type fits says what is wrong inside.
    while error.validator == "anyOf":
        fitting = [inner for inner in error.context or [] if inner.validator != "type" or inner.relative_path]
        if not fitting:
            break
        error = fitting[0]
    return error


def _path(steps: list[_Step], error: ValidationError) -> str:
    given: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    path = [*steps, *error.absolute_path]
    if error.validator == "required":
        path.append(next(name for name in rule if name not in given))
    elif error.validator == "additionalProperties":
        known: Mapping[str, Any] = schema.get("properties", {})
        path.append(next(name for name in given if name not in known))
    return pointer(*(step for step in path if step != ""))
