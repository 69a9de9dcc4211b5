"""The JSON Schema as plain tests: whether a document fits, said quickly; `explaining` says why not."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

Schema = Mapping[str, Any]
Test = Callable[[Any], bool]
_SAYING_NOTHING = frozenset({"description", "title", "$schema", "$id"})
_OF_TYPE = {
    "object": frozenset({"properties", "required", "additionalProperties", "minProperties", "allOf"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"pattern", "minLength"}),
    "integer": frozenset({"minimum", "maximum"}),
    "boolean": frozenset(),
    "null": frozenset(),
}
_KNOWN = frozenset({"type", "anyOf", "const", "enum"}).union(_SAYING_NOTHING, *_OF_TYPE.values())


def compiled(schema: Schema) -> Test:
    """What fits exactly as JSON says it: 3.0 is no integer here, and an unpaired surrogate no text.

    Where it says yes, jsonschema would too. Raises ValueError for a keyword it does not know.
    """
    odd = set(schema) - _KNOWN
    if odd:
        raise ValueError(f"keywords without a test: {sorted(odd)}")
    if "anyOf" in schema:
        return _any([compiled(branch) for branch in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return _word(frozenset(schema.get("enum", [schema.get("const")])))
    # A part of an `allOf` speaks of the object that the whole already asks for.
    kinds = schema.get("type", "object")
    return _any([_MAKERS[kind](schema) for kind in ([kinds] if isinstance(kinds, str) else kinds)])


@lru_cache(maxsize=512)
def pattern_of(text: str) -> re.Pattern[str]:
    r"""ECMA 262 as JSON Schema wants it: `$` is the very end, `\d` an ASCII digit."""
    return re.compile(re.sub(r"\$$", r"\\Z", text), re.ASCII)


def is_sound(text: str) -> bool:
    """Whether the text has no unpaired surrogate."""
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _any(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    return lambda value: any(test(value) for test in tests)


def _word(words: frozenset[Any]) -> Test:
    if not all(isinstance(word, str) for word in words):
        raise ValueError("only words are told apart")
    return lambda value: type(value) is str and value in words


def _string(schema: Schema) -> Test:
    least = schema.get("minLength", 0)
    if "pattern" not in schema:
        return lambda value: type(value) is str and len(value) >= least and is_sound(value)
    found = pattern_of(schema["pattern"]).search
    return lambda value: type(value) is str and found(value) is not None


def _integer(schema: Schema) -> Test:
    least, most = schema.get("minimum"), schema.get("maximum")
    return lambda value: (
        type(value) is int and (least is None or value >= least) and (most is None or value <= most)
    )


def _boolean(schema: Schema) -> Test:
    return lambda value: value is True or value is False


def _null(schema: Schema) -> Test:
    return lambda value: value is None


def _array(schema: Schema) -> Test:
    test = compiled(schema["items"])
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    unique = schema.get("uniqueItems", False)

    def fits(value: Any) -> bool:
        if type(value) is not list or len(value) < least or (most is not None and len(value) > most):
            return False
        return all(map(test, value)) and not (unique and len(set(value)) < len(value))

    return fits


def _object(schema: Schema) -> Test:
    tests = {name: compiled(part) for name, part in schema.get("properties", {}).items()}
    required = frozenset(schema.get("required", ()))
    closed = schema.get("additionalProperties", True) is False
    least = schema.get("minProperties", 0)
    branches = _branches(schema.get("allOf", ()))

    def fits(value: Any) -> bool:
        if type(value) is not dict or len(value) < least:
            return False
        if closed:
            for name, item in value.items():
                test = tests.get(name)
                if test is None or not test(item):
                    return False
        elif not all(test(value[name]) for name, test in tests.items() if name in value):
            return False
        if not required <= value.keys():
            return False
        return not branches or all(branch(value) for branch in branches)

    return fits


def _branches(listed: Iterable[Schema]) -> list[Test]:
    """`if` a field is a certain word `then` ...: one look at the field finds the branch that speaks."""
    fields: dict[str, dict[str, Test]] = {}
    for branch in listed:
        condition = branch.get("if", {})
        (name,) = condition.get("required", [""])
        if set(branch) != {"if", "then"} or set(condition) != {"properties", "required"}:
            raise ValueError("a branch of another shape")
        if set(condition["properties"]) != {name} or set(condition["properties"][name]) != {"const"}:
            raise ValueError("a condition of another shape")
        fields.setdefault(name, {})[condition["properties"][name]["const"]] = compiled(branch["then"])
    return [_branch(name, tests) for name, tests in fields.items()]


def _branch(name: str, tests: Mapping[str, Test]) -> Test:
    def fits(value: Any) -> bool:
        test = tests.get(value.get(name))
        return test is None or test(value)

    return fits


_MAKERS: dict[str, Callable[[Schema], Test]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "null": _null,
}
