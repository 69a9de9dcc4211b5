"""From facts to verdicts, gate and score (standard-rules §5.1, §6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from governance.validation.engine.facts import RuleFacts
from governance.validation.kinds import registry
from governance.validation.model import DIMENSIONS, Column, NotBound, Rule

WEIGHTS = {"blocker": 5, "major": 3, "minor": 1, "info": 0}


@dataclass(frozen=True)
class Outcome:
    """The result of one rule. Row rules have counts, table rules `observed`; samples are written last."""

    rule: Rule
    verdict: str
    reason: str | None = None
    failing_rows: int | None = None
    checked_rows: int | None = None
    observed: float | int | str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    waived: str | None = None
    pandera: str = ""
    samples: tuple[Mapping[str, Any], ...] = ()

    @property
    def share(self) -> float | None:
        """failing/checked, 0 if none checked."""
        if self.failing_rows is None or self.checked_rows is None:
            return None
        return self.failing_rows / self.checked_rows if self.checked_rows else 0.0

    @property
    def score(self) -> Fraction:
        """§6.2, exact."""
        if self.verdict == "errored":
            return Fraction(0)
        if self.rule.level == "table":
            return Fraction(self.verdict == "passed")
        if not self.checked_rows:
            return Fraction(1)
        return 1 - Fraction(self.failing_rows or 0, self.checked_rows)


def judge(facts: RuleFacts, rows: int) -> Outcome:
    """Verdict of one rule that was not skipped."""
    rule = facts.rule
    if facts.error is not None:
        return Outcome(rule, "errored", facts.error, pandera=facts.pandera)
    finding = facts.finding
    if rule.level == "table":
        if finding is None:
            raise NotBound
        return Outcome(
            rule,
            "passed" if finding.ok else "failed",
            None if finding.ok else finding.reason,
            observed=finding.observed,
            details=finding.details,
            pandera=facts.pandera,
        )
    failing, checked = facts.failing or 0, facts.checked or 0
    if rule.library:
        checked = rows
    holds, reason = _row_rule(rule, failing, checked, rows)
    if holds and finding is not None and not finding.ok:
        holds, reason = False, "threshold"
    return Outcome(
        rule,
        "passed" if holds else "failed",
        None if holds else reason,
        failing,
        checked,
        details=finding.details if finding else {},
        pandera=facts.pandera,
    )


def _row_rule(rule: Rule, failing: int, checked: int, rows: int) -> tuple[bool, str]:
    if rule.threshold is not None:
        if rule.threshold.unit == "percent":
            # count·100/rows may not be a finite decimal, so both sides are multiplied by the rows
            return _percent_holds(rule, failing, rows), "threshold"
        return rule.threshold.holds(failing), "threshold"
    if (holds := registry()[rule.kind].holds) is not None:
        tolerated = rule.tolerance is None or rule.tolerance.holds(failing, checked)
        return holds(rule, failing, checked) and tolerated, "threshold"
    if rule.tolerance is not None:
        return rule.tolerance.holds(failing, checked), "threshold"
    return failing == 0, "rows_failed"


def _percent_holds(rule: Rule, failing: int, rows: int) -> bool:
    threshold = rule.threshold
    if threshold is None:
        raise NotBound
    if rows == 0:
        return threshold.holds(0)
    percent = Fraction(100 * failing, rows)
    first, last = Fraction(threshold.operands[0]), Fraction(threshold.operands[-1])
    return {
        "mustBe": percent == first,
        "mustNotBe": percent != first,
        "mustBeGreaterThan": percent > first,
        "mustBeGreaterOrEqualTo": percent >= first,
        "mustBeLessThan": percent < first,
        "mustBeLessOrEqualTo": percent <= first,
        "mustBeBetween": first <= percent <= last,
        "mustNotBeBetween": not first <= percent <= last,
    }[threshold.operator]


def gate_of(outcomes: Iterable[Outcome]) -> str:
    """`closed`, `conditional` or `open`."""
    bad = {item.rule.severity for item in outcomes if item.verdict != "passed" and item.waived is None}
    if "blocker" in bad:
        return "closed"
    return "conditional" if "major" in bad else "open"


def verdict_of(outcomes: Iterable[Outcome]) -> str:
    """`failed`, `errored` or `passed`; minor and info findings never change it."""
    bad = {
        item.verdict
        for item in outcomes
        if item.verdict != "passed" and item.waived is None and item.rule.severity in ("blocker", "major")
    }
    return "failed" if "failed" in bad else ("errored" if bad else "passed")


def score_of(outcomes: Iterable[Outcome], columns: Mapping[str, Column]) -> dict[str, Any]:
    """Total and per dimension, two decimals half-even; null without weight."""
    listed = list(outcomes)
    return {
        "total": _weighted(listed, columns),
        "dimensions": {
            name: _weighted([item for item in listed if item.rule.dimension == name], columns)
            for name in DIMENSIONS
        },
    }


def weight_of(rule: Rule, columns: Mapping[str, Column]) -> int:
    """Weight of the severity, doubled where a column is a critical data element."""
    critical = any(columns[name].critical for name in rule.columns if name in columns)
    return WEIGHTS[rule.severity] * (2 if critical else 1)


def _weighted(outcomes: list[Outcome], columns: Mapping[str, Column]) -> float | None:
    weights = [weight_of(item.rule, columns) for item in outcomes]
    if not sum(weights):
        return None
    total = sum((item.score * weight for item, weight in zip(outcomes, weights, strict=True)), Fraction(0))
    exact = 100 * total / sum(weights)
    # The fraction is scaled to hundredths before rounding, so that no double decides a tie.
    hundredths = exact * 100
    floor, rest = divmod(hundredths.numerator, hundredths.denominator)
    twice = 2 * rest - hundredths.denominator
    up = twice > 0 or (twice == 0 and floor % 2 == 1)
    return float(Decimal(floor + up).scaleb(-2).quantize(Decimal("0.01"), ROUND_HALF_EVEN))
