"""What the demo found: one row per fact, as a table for people and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One rule of a standard that rows failed: how many, and how many were known before."""

    dataset: str
    rule: str
    failing_rows: int
    known: int | None


@dataclass(frozen=True)
class Gate:
    """What a version's validation said."""

    dataset: str
    version: str
    rows: int
    verdict: str
    gate: str
    score: str


@dataclass(frozen=True)
class Score:
    """One model (ours or a baseline) on one metric of the test rows of one run."""

    task: str
    seed: int
    metric: str
    model: str
    n: int
    value: float | None
    low: float | None
    high: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None
    verdict: str


@dataclass
class Report:
    """Everything, in the order it happened."""

    decisions: list[str] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    seconds: float = 0.0
    ledger: str = ""

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A plain table, columns as wide as their widest cell; figures to the right."""
    cells = [[str(cell) for cell in row] for row in [headers, *rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(headers))]
    numeric = [all(_is_figure(row[at]) for row in rows) and bool(rows) for at in range(len(headers))]
    lines = [_line(row, widths, numeric) for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _is_figure(cell: Any) -> bool:
    return isinstance(cell, int | float) or (
        isinstance(cell, str) and cell[:1] in "+-−0123456789" and cell != ""
    )


def _line(row: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    parts = [c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True)]
    return "  ".join(parts).rstrip()


def figure(value: float | None, *, signed: bool = False) -> str:
    if value is None:
        return "–"
    return f"{value:+.3f}" if signed else f"{value:.3f}"


def interval(low: float | None, high: float | None, *, signed: bool = False) -> str:
    return (
        ""
        if low is None or high is None
        else f"[{figure(low, signed=signed)}, {figure(high, signed=signed)}]"
    )


WORDS = {"better": "gain", "worse": "WORSE", "no_difference_shown": "no difference shown", "": ""}


def as_text(report: Report) -> str:
    """The tables the command prints."""
    parts = [
        "Gates\n" + table(
            ("dataset", "version", "rows", "verdict", "gate", "score"),
            [(g.dataset, g.version, g.rows, g.verdict, g.gate, g.score) for g in report.gates],
        ),
        "Failing rows, with the figure known before\n" + table(
            ("dataset", "rule", "failing rows", "known", "agrees"),
            [(f.dataset, f.rule, f.failing_rows, _known(f), _agrees(f)) for f in report.findings],
        ),
        "Decisions\n" + "\n".join(report.decisions),
        "Refused, as it should be\n" + "\n".join(report.refusals),
        "Models and baselines on the test rows (gain: fine-tuned minus that row, paired 95% interval)\n"
        + table(
            ("task", "seed", "metric", "model", "n", "value", "interval", "gain", "gain interval", "says"),
            [
                (s.task, s.seed, s.metric, s.model, s.n, figure(s.value), interval(s.low, s.high),
                 figure(s.gain, signed=True) if s.gain is not None else "",
                 interval(s.gain_low, s.gain_high, signed=True), WORDS.get(s.verdict, s.verdict))
                for s in report.scores
            ],
        ),
        *(["Notes\n" + "\n".join(report.notes)] if report.notes else []),
        report.ledger,
        f"{report.seconds:.0f} seconds in all",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _known(finding: Finding) -> int | str:
    return "-" if finding.known is None else finding.known


def _agrees(finding: Finding) -> str:
    if finding.known is None:
        return ""
    return "yes" if finding.known == finding.failing_rows else "NO"
