"""Where each effective rule comes from: charter or policy, and what the others said (committee-rules §4).

The values are those of `strictest`; this names the texts behind them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from committee.engine.facts import Policy
from committee.engine.rules import Rules, strictest

CHARTER = "charter"
_MAXIMUM, _MINIMUM = (
    ("min_open_hours",),
    ("deadline_days", "validity_days", "proxy_cap", "break_glass_max_hours"),
)
_WORDS = ("tie", "early_close", "on_deadline", "on_inquorate", "sealed")

Said = list[tuple[str, Any]]


@dataclass(frozen=True)
class Source:
    """One effective rule: its parameter and value, the texts that gave it, and what other texts said.

    `parameter` is a key of `effective`; of `majority` basis and threshold are told apart by a dot. The rules
    of `quorum` and `composition`, which hold together, are told one by one.
    """

    parameter: str
    value: Any
    texts: tuple[str, ...]
    others: tuple[tuple[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """As programs read it."""
        others = [{"text": text, "value": value} for text, value in self.others]
        return {"parameter": self.parameter, "value": self.value, "from": list(self.texts), "others": others}


def rule_sources(charter: Mapping[str, Any], policies: Sequence[Policy]) -> list[Source]:
    """Every effective rule of the charter and the matching policies, with its sources."""
    rules = strictest(charter, sorted(policies, key=lambda policy: policy.id))
    sets: list[tuple[str, Mapping[str, Any]]] = [(CHARTER, charter)]
    sets += [(policy.id, policy.set) for policy in sorted(policies, key=lambda policy: policy.id)]
    return [
        *_quorum(rules, sets),
        *_composition(rules, sets),
        *_majority(rules, sets),
        *_plain(rules, sets),
        _target(rules, sets),
    ]


def _given(sets: Sequence[tuple[str, Mapping[str, Any]]], name: str) -> Said:
    return [(text, rules[name]) for text, rules in sets if name in rules]


def _source(parameter: str, value: Any, said: Said) -> Source:
    texts = tuple(text for text, given in said if given == value)
    others = tuple((text, given) for text, given in said if text not in texts)
    return Source(parameter, value, texts, others)


def _quorum(rules: Rules, sets: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Source]:
    said = _given(sets, "quorum")
    for rule in rules.quorum:
        same = [t for t, q in said if (q["basis"], Fraction(q["value"])) == (rule.basis, rule.value)]
        yield Source("quorum", rule.as_dict(), tuple(same), ())
    for name in ("abstentions", "proxies"):
        yield _source(f"{name}_count", getattr(rules, name), [(text, q[name]) for text, q in said])


def _composition(rules: Rules, sets: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Source]:
    said = [(text, need) for text, listed in _given(sets, "composition") for need in listed]
    for need in rules.as_effective()["composition"]:
        key = _subject(need)
        yield _source("composition", need, [(text, given) for text, given in said if _subject(given) == key])


def _subject(need: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a requirement is about; two about the same are compared."""
    return (need["kind"], need.get("function"), need.get("of"))


def _majority(rules: Rules, sets: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Source]:
    said = _given(sets, "majority")
    yield _source("majority.basis", rules.basis, [(text, m["basis"]) for text, m in said])
    value = rules.as_effective()["majority"]
    shares = [(text, _threshold(m["threshold"], m["strict"])) for text, m in said]
    yield _source("majority.threshold", _threshold(value["threshold"], value["strict"]), shares)


def _threshold(share: str, strict: bool) -> dict[str, Any]:
    whole = Fraction(share)
    return {"threshold": f"{whole.numerator}/{whole.denominator}", "strict": strict}


def _plain(rules: Rules, sets: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[Source]:
    for name in (*_WORDS, *_MAXIMUM, *_MINIMUM):
        yield _source(name, getattr(rules, name), _given(sets, name))


def _target(rules: Rules, sets: Sequence[tuple[str, Mapping[str, Any]]]) -> Source:
    """Of the policies with a target the first by id holds, else the charter (not the strictest)."""
    said = [
        (text, value) for text, value in _given(sets, "escalate_to") if value is not None or text == CHARTER
    ]
    text, value = next((pair for pair in said if pair[0] != CHARTER), said[0])
    return Source("escalate_to", value, (text,), tuple(pair for pair in said if pair[0] != text))
