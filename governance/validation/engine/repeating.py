"""The rules that fail where a key occurs again, all together.

Hashes ride in the fused pass, and one second look compares the candidates of all of them by value
(`kinds.repeats`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from governance.validation.engine.facts import RuleFacts
from governance.validation.kinds import repeats
from governance.validation.kinds.base import ROW, Bound
from governance.validation.kinds.repeats import HashStore, Repeated
from governance.validation.model import NotBound

_CHECKED = "checked"


@dataclass
class KeyRule:
    """One such rule. `base` is another one whose failing rows hold all of this one's."""

    item: RuleFacts
    parts: list[pl.Expr]
    checked: pl.Expr
    base: KeyRule | None = None
    store: HashStore | None = None
    repeated: Repeated | None = None

    @property
    def hashed(self) -> pl.Expr:
        """Hash of the key; null where the rule says nothing about the row."""
        return pl.when(self.checked).then(repeats.key_hash(self.parts))

    def aggregate(self) -> pl.Expr:
        """The number of checked rows, the hashes kept on their way where there is a store."""
        if self.store is None:
            return self.checked.sum()
        return self.store.collecting(self.hashed).count()

    @property
    def candidates(self) -> pl.Expr:
        """Rows whose hash occurs again."""
        if self.repeated is None:
            raise NotBound
        return self.checked & self.repeated.among(repeats.key_hash(self.parts))

    @property
    def names(self) -> list[str]:
        """Names of the parts."""
        return [part.meta.output_name() for part in self.parts]


def key_rules(facts: Iterable[RuleFacts], rows: int) -> list[KeyRule]:
    """The rules of the list that ask for keys to occur once; each has a store as long as the budget lasts."""
    found: list[KeyRule] = []
    for item in facts:
        parts = item.body.key(_bound(item))
        if parts is None or item.body.checked is None:
            continue
        found.append(KeyRule(item, parts, item.body.checked(_bound(item))))
    left = repeats.BUDGET
    for rule in sorted(found, key=lambda rule: len(rule.parts)):
        covers = rule.item.body.covers
        others = (other for other in found if other.base is None and other is not rule)
        rule.base = next((o for o in others if covers(_bound(o.item), _bound(rule.item))), None)
        if rule.base is None and 8 * rows <= left:
            rule.store, left = HashStore(rows), left - 8 * rows
    return found


def judge_keys(frame: pl.LazyFrame, rules: list[KeyRule], rows: int, samples: int) -> None:
    """Fill in the failing rows. The fused pass over the same frame has filled the stores."""
    few: list[KeyRule] = []
    for rule in rules:
        if rule.base is not None:
            continue
        held = frame.filter(rule.checked)
        if rule.store is not None:
            rule.repeated = rule.store.repeated()
        else:
            rule.repeated = repeats.repeated_hashes(held, repeats.key_hash(rule.parts), rows, repeats.BUDGET)
        if rule.repeated.rows <= repeats.MOST_CANDIDATES:
            few.append(rule)
        else:
            _count(held, rule, samples)
    _compare(frame, few, [rule for rule in rules if rule.base in few], samples)
    for rule in rules:
        if rule.base is not None and rule.base not in few:
            rule.base = None
            judge_keys(frame, [rule], rows, samples)


def _count(held: pl.LazyFrame, rule: KeyRule, samples: int) -> None:
    """Many candidates: their keys are grouped while they stream by, and only groups are held."""
    if rule.repeated is None:
        raise NotBound
    verified = repeats.count_groups(held, rule.parts, rule.repeated, repeats.BUDGET)
    rule.item.failing = verified.rows
    if samples and verified.rows:
        wrong = repeats.without_single(held, rule.parts, rule.repeated, verified)
        # A join gives rows in any order; without one the first pieces of the file hold the first rows.
        first = wrong.select(pl.col(ROW).bottom_k(samples)) if verified.single else wrong.head(samples)
        rule.item.first_rows = tuple(sorted(first.collect(engine="streaming").to_series().to_list()))


def _compare(frame: pl.LazyFrame, rules: list[KeyRule], covered: list[KeyRule], samples: int) -> None:
    """Few candidates: fetched once for all rules, and compared in memory."""
    seen = [rule for rule in rules if rule.repeated is not None and rule.repeated.rows]
    everything = [*rules, *covered]
    for rule in everything:
        rule.item.failing = 0
    if not seen:
        return
    columns = [pl.col(ROW)]
    for place, rule in enumerate(everything):
        columns += [part.alias(f"{place}.{name}") for part, name in zip(rule.parts, rule.names, strict=True)]
        columns.append(rule.checked.alias(f"{place}.{_CHECKED}"))
    candidates = pl.any_horizontal([rule.candidates for rule in seen])
    found = frame.filter(candidates).select(columns).collect(engine="streaming")
    for place, rule in enumerate(everything):
        names = [f"{place}.{name}" for name in rule.names]
        held = found.filter(pl.col(f"{place}.{_CHECKED}"))
        wrong = held.filter(held.select(names).is_duplicated())[ROW]
        rule.item.failing = len(wrong)
        rule.item.first_rows = tuple(wrong.sort().head(samples).to_list())


def _bound(item: RuleFacts) -> Bound:
    if item.bound is None:
        raise NotBound
    return item.bound
