"""Proposals about texts: dtype, text_format, regex, length, no_outer_space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from governance.validation.suggesting.model import Evidence, Proposal
from governance.validation.suggesting.reading_types import figure, text_type
from governance.validation.suggesting.seen import SeenColumn
from governance.validation.suggesting.values import CLOSED

SHAPED = ("regex", "text_format", "datetime_format", *CLOSED)
RARE = 0.01
"""Defects of at most this share are what a rule would find; more of them are how the column is."""


def logical_type(seen: SeenColumn) -> Iterator[Proposal]:
    """Every text is a value of one type."""
    if seen.column.logical.name is not None or not seen.speaks:
        return
    kind = text_type(seen.facts)
    if kind is None:
        return
    why = (
        f"All {seen.count:,} values can be read as {kind}.",
        f"{seen.count:,} 个取值均可读作 {kind}。",
    )
    yield Proposal("dtype", (seen.name,), {"type": kind}, Evidence(seen.count, 0), {"logicalType": kind}, why)


def text_format(seen: SeenColumn) -> Iterator[Proposal]:
    """Nearly every text is an e-mail address, a UUID, a URI or an IPv4 address."""
    if not seen.is_stored_text or not seen.speaks or seen.has(*SHAPED):
        return
    for name in ("email", "uuid", "uri", "ipv4"):
        fits, of, exact = figure(seen.facts, "formats", name)
        # Of URIs only those with an authority are counted, so the rule itself may pass more.
        if of and fits >= (1.0 if name == "uri" else 1 - RARE) * of:
            why = (
                f"{fits:,} of {of:,} values are of this form.",
                f"{of:,} 个取值中有 {fits:,} 个符合该格式。",
            )
            evidence = Evidence(of, of - fits, exact)
            yield _of_string(seen, "text_format", {"format": name}, {"format": name}, evidence, why)
            return


def regex(seen: SeenColumn) -> Iterator[Proposal]:
    """One shape dominates."""
    pattern = seen.facts.get("pattern")
    if pattern is None or not seen.is_stored_text or not seen.speaks or seen.has(*SHAPED):
        return
    counted = (seen.facts.get("counted") or {}).get("pattern")
    exact = counted is not None or bool(seen.facts.get("looked_at_all"))
    of = seen.count if exact else int(seen.facts["looked_at"])
    fits = int(pattern["matching"] if counted is None else counted)
    if of - fits > 0.05 * of:
        return
    why = (
        f"{fits:,} of {of:,} values have one shape.",
        f"{of:,} 个取值中有 {fits:,} 个形状一致。",
    )
    given = {"pattern": pattern["text"]}
    yield _of_string(seen, "regex", given, given, Evidence(of, of - fits, exact), why)


def length(seen: SeenColumn) -> Iterator[Proposal]:
    """One length, or a longest one with room: half as much again, to the next ten."""
    lengths = seen.facts.get("lengths")
    if not lengths or not seen.is_stored_text or not seen.speaks or seen.has(*SHAPED):
        return
    low, high = lengths["min"], lengths["max"]
    fixed = low == high
    most = high if fixed else -(-(high + high // 2) // 10) * 10
    given: dict[str, Any] = {"min": low, "max": most} if fixed else {"max": most}
    for rule in seen.of_kind(["length"]):
        has_max, has_min = rule.parameters["max"], rule.parameters["min"]
        if has_max is not None and has_max <= most * 2 and (not fixed or has_min is not None):
            return
    values = {{"min": "minLength", "max": "maxLength"}[key]: value for key, value in given.items()}
    why = (
        f"Of {seen.count:,} values the shortest has {low:,} characters and the longest {high:,}.",
        f"{seen.count:,} 个取值中最短 {low:,} 个字符，最长 {high:,} 个。",
    )
    yield _of_string(seen, "length", given, values, Evidence(seen.count, 0), why)


def no_outer_space(seen: SeenColumn) -> Iterator[Proposal]:
    """No value, or hardly one, begins or ends with white space."""
    spaced = seen.facts.get("outer_space")
    if spaced is None or not seen.is_stored_text or not seen.speaks or spaced > RARE * seen.count:
        return
    if seen.has("no_outer_space", *SHAPED):
        return
    why = (
        f"{spaced:,} of {seen.count:,} values have white space at an end.",
        f"{seen.count:,} 个取值中有 {spaced:,} 个首尾带空白。",
    )
    yield Proposal("no_outer_space", (seen.name,), {}, Evidence(seen.count, spaced), None, why)


def _of_string(
    seen: SeenColumn,
    kind: str,
    given: dict[str, Any],
    values: dict[str, Any],
    evidence: Evidence,
    why: tuple[str, str],
) -> Proposal:
    """ODCS has a setting for it on string columns; others get a quality entry."""
    declared = seen.column.logical.name == "string"
    taken = declared and any(key in seen.column.options for key in values)
    return Proposal(kind, (seen.name,), given, evidence, values if declared and not taken else None, why)
