"""Which rules hold: the charter and every matching policy, the strictest of each (committee-rules §3, §4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from committee.engine.facts import Policy, Question

_BASES = ("cast", "eligible", "all")  # from lenient to strict
_HALF = Fraction(1, 2)


@dataclass(frozen=True)
class Requirement:
    """At least `min` slots with the function present, or approving."""

    function: str
    of: Literal["present", "approvals"]
    min: int


@dataclass(frozen=True)
class QuorumRule:
    """`count`: that many seats; `share`: the smallest integer >= value x eligible."""

    basis: Literal["count", "share"]
    value: Fraction

    def needed(self, eligible: int) -> int:
        """Seats this rule asks for when `eligible` are eligible."""
        if self.basis == "count":
            return self.value.numerator
        return -(-self.value.numerator * eligible // self.value.denominator)

    def as_dict(self) -> dict[str, Any]:
        """The rule as printed: a count as an integer, a share in lowest terms."""
        value = self.value.numerator if self.basis == "count" else _text(self.value)
        return {"basis": self.basis, "value": value}


@dataclass(frozen=True)
class Rules:
    """The effective rules of a case. `team_cap` None: no cap. Fractions are exact."""

    quorum: tuple[QuorumRule, ...]
    abstentions: bool
    proxies: bool
    requirements: tuple[Requirement, ...]
    team_cap: int | None
    basis: Literal["cast", "eligible", "all"]
    threshold: Fraction
    strict: bool
    tie: Literal["chair", "fails"]
    early_close: Literal["certain", "never"]
    min_open_hours: int
    deadline_days: int
    on_deadline: Literal["deny", "escalate"]
    on_inquorate: Literal["close", "escalate"]
    escalate_to: str | None
    sealed: bool
    validity_days: int
    proxy_cap: int
    break_glass_max_hours: int

    @property
    def casting_possible(self) -> bool:
        """Whether equal numbers are a tie that the presiding member may decide (committee-rules §6.5)."""
        return self.tie_possible and self.tie == "chair"

    @property
    def tie_possible(self) -> bool:
        """A tie exists only on the votes cast, at 1/2 strict."""
        return self.basis == "cast" and self.threshold == _HALF and self.strict

    def quorum_needed(self, eligible: int) -> int:
        """Seats that must be present when `eligible` are eligible; never below 1."""
        return max(1, *(rule.needed(eligible) for rule in self.quorum))

    def approvals_needed(self, base: int) -> int:
        """Smallest n >= 1 with n > T x base (strict) or n >= T x base."""
        top, bottom = self.threshold.numerator * base, self.threshold.denominator
        return max(1, top // bottom + 1 if self.strict else -(-top // bottom))

    def as_effective(self) -> dict[str, Any]:
        """The object `effective` of the output; its canonical bytes give `rules_digest`."""
        quorum = [rule.as_dict() for rule in self.quorum]
        composition: list[dict[str, Any]] = [
            {"kind": "function", "function": r.function, "of": r.of, "min": r.min} for r in self.requirements
        ]
        if self.team_cap is not None:
            composition.append({"kind": "team_cap", "max": self.team_cap})
        return {
            "quorum": sorted(quorum, key=lambda rule: (rule["basis"], str(rule["value"]))),
            "abstentions_count": self.abstentions,
            "proxies_count": self.proxies,
            "composition": composition,
            "majority": {"basis": self.basis, "threshold": _text(self.threshold), "strict": self.strict},
            "tie": self.tie,
            "early_close": self.early_close,
            "min_open_hours": self.min_open_hours,
            "deadline_days": self.deadline_days,
            "on_deadline": self.on_deadline,
            "on_inquorate": self.on_inquorate,
            "escalate_to": self.escalate_to,
            "sealed": self.sealed,
            "validity_days": self.validity_days,
            "proxy_cap": self.proxy_cap,
            "break_glass_max_hours": self.break_glass_max_hours,
        }


def matching(policies: Sequence[Policy], question: Question) -> list[Policy]:
    """The policies all of whose `match` keys hold, by id; an empty match always holds."""
    found = [policy for policy in policies if _matches(policy.match, question)]
    return sorted(found, key=lambda policy: policy.id)


def strictest(charter: Mapping[str, Any], policies: Sequence[Policy]) -> Rules:
    """The charter and the `set` of each of `policies` (sorted by id), per parameter the strictest (§4)."""
    sets: list[Mapping[str, Any]] = [charter, *(policy.set for policy in policies)]

    def given(name: str) -> list[Any]:
        return [rules[name] for rules in sets if name in rules]

    def any_of(name: str, strict: str) -> Any:
        values = given(name)
        return strict if strict in values else values[0]

    quorums, majorities = given("quorum"), given("majority")
    threshold, strict = max((Fraction(m["threshold"]), bool(m["strict"])) for m in majorities)
    requirements, team_cap = _composition([r for listed in given("composition") for r in listed])
    targets = [policy.set["escalate_to"] for policy in policies if policy.set.get("escalate_to") is not None]
    return Rules(
        quorum=tuple(dict.fromkeys(QuorumRule(q["basis"], Fraction(q["value"])) for q in quorums)),
        abstentions=all(q["abstentions"] for q in quorums),
        proxies=all(q["proxies"] for q in quorums),
        requirements=requirements,
        team_cap=team_cap,
        basis=max((m["basis"] for m in majorities), key=_BASES.index),
        threshold=threshold,
        strict=strict,
        tie=any_of("tie", "fails"),
        early_close=any_of("early_close", "never"),
        min_open_hours=max(given("min_open_hours")),
        deadline_days=min(given("deadline_days")),
        on_deadline=any_of("on_deadline", "deny"),
        on_inquorate=any_of("on_inquorate", "close"),
        escalate_to=targets[0] if targets else charter["escalate_to"],
        sealed=any(given("sealed")),
        validity_days=min(given("validity_days")),
        proxy_cap=min(given("proxy_cap")),
        break_glass_max_hours=min(given("break_glass_max_hours")),
    )


def _matches(match: Mapping[str, Any], question: Question) -> bool:
    if "actions" in match and question.action not in match["actions"]:
        return False
    if "purposes" in match and question.purpose not in match["purposes"]:
        return False
    if match.get("min_level", 0) > question.level:
        return False
    if match.get("min_downstream_models", 0) > question.downstream_models:
        return False
    return "min_rows_share" not in match or Fraction(match["min_rows_share"]) <= question.rows_share


def _text(value: Fraction) -> str:
    return f"{value.numerator}/{value.denominator}"


def _composition(listed: Sequence[Mapping[str, Any]]) -> tuple[tuple[Requirement, ...], int | None]:
    least: dict[tuple[str, Literal["present", "approvals"]], int] = {}
    caps = [rule["max"] for rule in listed if rule["kind"] == "team_cap"]
    for rule in listed:
        if rule["kind"] == "function":
            key = (rule["function"], rule["of"])
            least[key] = max(least.get(key, 0), rule["min"])
    requirements = tuple(Requirement(name, of, least[name, of]) for name, of in sorted(least))
    return requirements, min(caps, default=None)
