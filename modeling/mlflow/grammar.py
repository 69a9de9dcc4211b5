"""The filter and order texts of MLflow's search: parsed by hand, what is not understood is refused.

`metrics.loss < 0.5 and params.`recipe.epochs` = '3' and attributes.status in ('RUNNING', 'FINISHED')`
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from modeling.exceptions import MlflowInvalid

LONGEST = 5000
MOST_TERMS = 20
TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<tick>`[^`]*`)
    |(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))|(?P<word>[A-Za-z_][\w/-]*)
    |(?P<op><=|>=|!=|=|<|>)|(?P<mark>[.,()]))""",
    re.VERBOSE,
)
KINDS = {
    "metrics": "metric", "metric": "metric", "params": "param", "param": "param", "parameters": "param",
    "tags": "tag", "tag": "tag", "attributes": "attribute", "attribute": "attribute", "attr": "attribute",
    "run": "attribute",
}  # fmt: skip
WORD_OPS = frozenset({"like", "ilike", "in"})


@dataclass(frozen=True, slots=True)
class Token:
    sort: str
    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison; `op` is =, !=, <, <=, >, >=, like, ilike, in, not in, null or not null."""

    kind: str
    key: str
    op: str
    value: str | float | tuple[str, ...] = ""


@dataclass(frozen=True, slots=True)
class Order:
    kind: str
    key: str
    descending: bool


def _fault(place: str) -> MlflowInvalid:
    return MlflowInvalid(
        reason=_("The filter or order is not understood at “%(place)s”") % {"place": place[:60]}
    )


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise _fault(text)
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise _fault(text[place:])
        found.append(Token(match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self._left = _tokens(text)[::-1]

    @property
    def done(self) -> bool:
        return not self._left

    def next(self, *sorts: str) -> Token:
        token = self._left.pop() if self._left else Token("", "…")
        if sorts and token.sort not in sorts:
            raise _fault(token.text)
        return token

    def take(self, *words: str) -> str:
        """The next token if it is one of these, in lower case, else nothing."""
        if self._left and self._left[-1].text.lower() in words and self._left[-1].sort != "text":
            return self._left.pop().text.lower()
        return ""

    def expect(self, *words: str) -> str:
        found = self.take(*words)
        if not found:
            raise _fault(self._left[-1].text if self._left else "…")
        return found


def parse_filter(text: str) -> list[Term]:
    """The comparisons of a filter, all of which must hold. Raises MlflowInvalid."""
    reader, terms = _Reader(text), list[Term]()
    while not reader.done:
        if terms:
            reader.expect("and")
        terms.append(_term(reader))
        if len(terms) > MOST_TERMS:
            raise _fault(text)
    return terms


def _term(reader: _Reader) -> Term:
    kind, key = _name(reader)
    if reader.take("is"):
        empty = not reader.take("not")
        reader.expect("null")
        return Term(kind, key, "null" if empty else "not null")
    if reader.take("not"):
        reader.expect("in")
        return Term(kind, key, "not in", _texts(reader))
    token = reader.next("op", "word")
    op = token.text.lower()
    if token.sort == "word" and op not in WORD_OPS:
        raise _fault(token.text)
    return Term(kind, key, op, _texts(reader) if op == "in" else _value(reader))


def _name(reader: _Reader) -> tuple[str, str]:
    """`metrics.loss`, `tags."a b"`, `params.recipe.epochs`; a single word is an attribute."""
    first = reader.next("word")
    parts = []
    while reader.take("."):
        token = reader.next("word", "tick", "text", "number")
        parts.append(token.text.strip("`\"'") if token.sort in {"tick", "text"} else token.text)
    if not parts:
        return "attribute", first.text
    kind = KINDS.get(first.text.lower())
    if kind is None:
        raise _fault(first.text)
    return kind, ".".join(parts)


def _value(reader: _Reader) -> str | float:
    token = reader.next("text", "number")
    return float(token.text) if token.sort == "number" else _unquoted(token.text)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _texts(reader: _Reader) -> tuple[str, ...]:
    reader.expect("(")
    found = [_unquoted(reader.next("text").text)]
    while reader.take(","):
        found.append(_unquoted(reader.next("text").text))
    reader.expect(")")
    return tuple(found)


def parse_order(texts: list[str]) -> list[Order]:
    """`metrics.loss DESC`, `attributes.start_time`. Raises MlflowInvalid."""
    found = []
    for text in texts[:MOST_TERMS]:
        reader = _Reader(text)
        kind, key = _name(reader)
        descending = reader.take("asc", "desc") == "desc"
        if not reader.done:
            raise _fault(text)
        found.append(Order(kind, key, descending))
    return found
