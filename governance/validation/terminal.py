"""A report as a table for a terminal."""

from __future__ import annotations

import unicodedata

from governance.validation.engine.judging import Outcome
from governance.validation.engine.report import Report

_COLOURS = {
    "passed": "32",
    "failed": "31",
    "errored": "33",
    "open": "32",
    "conditional": "33",
    "closed": "31",
}
_HEAD = ("rule", "severity", "verdict", "failing", "checked", "observed", "reason")


def table(report: Report, *, colour: bool) -> str:
    """Rules that do not pass first, then the totals."""
    outcomes = sorted(report.outcomes, key=lambda item: item.verdict == "passed")
    rows = [_row(item) for item in outcomes]
    widths = [max(_width(row[i]) for row in [_HEAD, *rows]) for i in range(len(_HEAD))]
    lines = [_line(_HEAD, widths)]
    lines += [_painted(_line(row, widths), row[2], colour) for row in rows]
    total = report.score["total"]
    score = "–" if total is None else total
    summary = f"verdict {report.verdict}   gate {report.gate}   score {score}   rows {report.rows}"
    lines += ["", _painted(summary, report.gate, colour)]
    lines += [f"not executed: {item.id} ({item.reason})" for item in report.not_executed]
    lines += [f"warning: {item.message_en} {item.message_zh}" for item in report.warnings]
    return "\n".join(lines)


def _row(item: Outcome) -> tuple[str, ...]:
    verdict = item.verdict if item.waived is None else f"{item.verdict} (waived {item.waived})"
    cells = (item.failing_rows, item.checked_rows, item.observed, item.reason)
    return (item.rule.id, item.rule.severity, verdict, *("" if cell is None else str(cell) for cell in cells))


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _painted(line: str, word: str, colour: bool) -> str:
    code = _COLOURS.get(word.split(" ")[0])
    return f"\x1b[{code}m{line}\x1b[0m" if colour and code else line
