"""Proposals about the table and its past: pii, drift_psi, row_count_change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from governance.validation.kinds.base import INSTANT_TYPES
from governance.validation.model import Rule
from governance.validation.psi import column_psi
from governance.validation.suggesting.model import FEWEST, Evidence, Proposal
from governance.validation.suggesting.seen import SeenColumn
from governance.validation.suggesting.wording import RARE

STEADY = 0.1
"""A PSI below it is read as no change; 0.2, the bound proposed, as one worth a look."""
MOST_PSI = 0.2
MOSTLY_REPEATED = 0.5


def drift(seen: SeenColumn) -> Iterator[Proposal]:
    """The distribution has hardly moved since the version before. Keys and instants move by nature."""
    still = (
        seen.facts.get("unique_share", 1.0) <= MOSTLY_REPEATED
        and seen.column.logical.name not in INSTANT_TYPES
    )
    if seen.before is None or not seen.speaks or not still or seen.has("drift_psi"):
        return
    listed = len(seen.facts.get("top") or ()) == seen.facts.get("distinct")
    if "histogram" not in seen.facts and not listed:
        return
    moved = column_psi(seen.before, seen.facts, seen.rows_before, seen.rows)
    if moved is None or moved >= STEADY:
        return
    why = (
        f"Between the last two versions it moved by a PSI of {moved:.4f} (from the profiles' bins).",
        f"最近两个版本之间的 PSI 为 {moved:.4f}（按画像分箱计算）。",
    )
    evidence = Evidence(None, None, observed=moved)
    yield Proposal("drift_psi", (seen.name,), {"max": MOST_PSI}, evidence, None, why)


def personal(columns: Sequence[SeenColumn]) -> Iterator[Proposal]:
    """Texts that hold no personal data, in one rule; and columns where a few cells do, each in its own."""
    clean = []
    for seen in columns:
        if not seen.is_stored_text or seen.column.pii or seen.has("pii") or not seen.facts.get("looked_at"):
            continue
        held, of = seen.facts.get("pii_cells", 0), int(seen.facts["looked_at"])
        if not held:
            clean.append(seen)
        elif held <= RARE * of:
            why = (
                f"{held:,} of {of:,} values hold {', '.join(seen.facts['pii'])}.",
                f"{of:,} 个取值中有 {held:,} 个含 {'、'.join(seen.facts['pii'])}。",
            )
            exact = bool(seen.facts["looked_at_all"])
            yield Proposal("pii", (seen.name,), {}, Evidence(of, held, exact), None, why)
    looked = sum(int(seen.facts["looked_at"]) for seen in clean)
    if looked >= FEWEST:
        exact = all(seen.facts["looked_at_all"] for seen in clean)
        why = (
            f"No e-mail address, mobile, identity or card number in {looked:,} values.",
            f"{looked:,} 个取值中未见邮箱、手机号、身份证号或银行卡号。",
        )
        names = tuple(seen.name for seen in clean)
        most = max(int(seen.facts["looked_at"]) for seen in clean)
        yield Proposal("pii", names, {}, Evidence(most, 0, exact, facts={"cells": looked}), None, why)


def row_count_change(rows: int, before: int | None, rules: Sequence[Rule]) -> Iterator[Proposal]:
    """Half as many rows, or twice as many, are worth a question."""
    if not before or any(rule.kind == "row_count_change" for rule in rules):
        return
    change = 100 * (rows - before) / before
    if not -50 <= change <= 100:
        return
    why = (
        f"The last version changed the number of rows by {change:+.1f}%.",
        f"上一版本以来行数变化 {change:+.1f}%。",
    )
    given = {"max_increase_percent": 100, "max_decrease_percent": 50}
    yield Proposal("row_count_change", (), given, Evidence(None, None, observed=change), None, why)
