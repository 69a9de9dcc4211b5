"""Every address of the platform with an object filled in, and what one could send there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
NOBODY = "f" * 32
# The word before a parameter in an address: what is put there. Words of things nobody decides about get an
# id that does not exist; a new word has to be entered in one of the two tables.
SAME = {"runs": "training-runs", "model-versions": "models", "training-plans": "plans", "people": "users"}
UNDECIDED = frozenset(
    {
        "sources", "ownerships", "ingest-runs", "suggestions", "validation-runs", "recipes",
        "recipe-versions", "sweeps", "metric-alerts",
        "cleaning-runs", "derivation-runs", "quarantines", "incidents", "jobs", "notices", "tokens",
        "departments", "memberships", "decisions", "absences", "delegations", "conflicts",
        "standing-conflicts",
        "agenda", "<str:kind>", "backbone-guides", "guide",
    }
)  # fmt: skip
WORDS = {"form": "pandera-yaml", "act": "adopt", "what": "team", "condition": "c1", "kind": "training_run"}


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Every route below the root, as it is written."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"\^|\$|\\Z", "", route)


def unknown_words(things: dict[str, str]) -> set[str]:
    """Words before an id that neither table knows."""
    found = set()
    for route in addresses():
        for match in PARAMETER.finditer(route):
            word = _word_before(route, match)
            if (match[1] or match[2]) == "uid" and SAME.get(word, word) not in {*things, *UNDECIDED}:
                found.add(word)
    return found


def filled(route: str, things: dict[str, str]) -> str:
    """The path of a route with objects of the world in place of its parameters."""

    def fill(match: re.Match[str]) -> str:
        name, word = match[1] or match[2], _word_before(route, match)
        return things.get(SAME.get(word, word), NOBODY) if name == "uid" else WORDS.get(name, NOBODY)

    return "/" + PARAMETER.sub(fill, route)


def _word_before(route: str, match: re.Match[str]) -> str:
    return route[: match.start()].rstrip("/").rsplit("/", 1)[-1]


@dataclass
class Form:
    """A form of a page: where it goes and what it would send, filled in as somebody eager would."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, said: dict[str, str]) -> None:
        super().__init__()
        self.said, self.found, self._select = said, list[Form](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form" and given.get("method", "").lower() == "post":
            self.found.append(Form(given.get("action", "")))
        elif self.found and tag == "select":
            self._select = name
        elif self.found and tag == "option" and given.get("value"):
            self.found[-1].fields[self._select] = given["value"]
        elif self.found and tag in {"input", "textarea", "button"} and name:
            self.found[-1].fields.setdefault(name, given.get("value") or self.said.get(name, "1"))


def forms(page: str, said: dict[str, str]) -> list[Form]:
    """The forms of a page that change something."""
    parser = _Forms(said)
    parser.feed(page)
    return parser.found


def bodies(schema: dict[str, Any], path: str, method: str, said: dict[str, Any]) -> list[dict[str, Any]]:
    """What the API's own description lets one send: with the first and with the last of every choice."""
    operation = schema["paths"].get(path, {}).get(method, {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return [{}]
    return [_example(content["schema"], schema, said, "", place) for place in (0, -1)]


def _example(
    part: dict[str, Any], schema: dict[str, Any], said: dict[str, Any], name: str, place: int
) -> Any:
    if name in said:
        return said[name]
    if "$ref" in part:
        return _example(
            schema["components"]["schemas"][part["$ref"].rsplit("/", 1)[-1]], schema, said, name, place
        )
    for word in ("allOf", "oneOf", "anyOf"):
        if word in part:
            return _example(part[word][0], schema, said, name, place)
    if "enum" in part:
        return part["enum"][place]
    kind = part.get("type")
    if kind == "object":
        inner = part.get("properties", {})
        return {key: _example(value, schema, said, key, place) for key, value in inner.items()}
    if kind == "array":
        return [_example(part.get("items", {}), schema, said, name, place)]
    return {"integer": 1, "number": 1, "boolean": True}.get(
        str(kind), "2026-12-31" if part.get("format") == "date" else "x-1"
    )
