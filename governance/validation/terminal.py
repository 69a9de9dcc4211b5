"""A report for a person at a terminal: a table as wide as the screen, in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from governance.validation.engine.judging import Outcome
from governance.validation.engine.report import Report, messages
from governance.validation.language import Language

_COLOURS = {
    **dict.fromkeys(("passed", "open"), "32"),
    **dict.fromkeys(("failed", "closed"), "31"),
    **dict.fromkeys(("errored", "conditional"), "33"),
}
_HEAD = ("rule", "severity", "verdict", "failing", "checked", "observed", "reason")
_NUMBERS = (3, 4, 5)
_NARROWEST = 40
_ZH: Mapping[str, str] = {
    "rule": "规则",
    "severity": "严重度",
    "verdict": "结论",
    "failing": "未通过行",
    "checked": "检查行",
    "observed": "观测值",
    "reason": "原因",
    "blocker": "阻断",
    "major": "严重",
    "minor": "一般",
    "info": "提示",
    "passed": "通过",
    "failed": "未通过",
    "errored": "未能判定",
    "waived": "已豁免",
    "gate": "准入",
    "open": "开",
    "conditional": "有条件",
    "closed": "关",
    "score": "得分",
    "rows": "行数",
    "not executed": "未执行",
    "warning": "警告",
    "rows_failed": "有行不符",
    "threshold": "超出界限",
    "columns_missing": "缺少列",
    "columns_extra": "有多余的列",
    "no_value": "没有取值",
    "column_missing": "列不存在",
    "reference_missing": "缺参照数据",
    "previous_missing": "缺上一版本",
    "previous_empty": "上一版本为空",
    "type_mismatch": "类型不符",
    "regex_unsupported": "正则不支持",
    "sql_unsupported": "SQL 不支持",
    "sql_null": "SQL 得 NULL",
    "sql_error": "SQL 出错",
    "unsupported_type": "类型不支持",
    "engine_unsupported": "引擎不支持",
    "internal": "内部错误",
    "text": "文字说明",
    "foreign_engine": "其他引擎",
    "optional_column_absent": "可选列不存在",
    "first_version": "首个版本",
}


def table(report: Report, *, colour: bool, width: int = 0, language: Language = "en") -> str:
    """Rules that do not pass first, each with its sentence, then the totals. `width` 0 = without limit."""
    outcomes = sorted(report.outcomes, key=lambda item: item.verdict == "passed")
    rows = [_row(item, language) for item in outcomes]
    head = tuple(_word(name, language) for name in _HEAD)
    widths = [max(columns_of(row[i]) for row in [head, *rows]) for i in range(len(_HEAD))]
    if width:
        widths[0] = max(min(widths[0], width - sum(widths[1:]) - 2 * (len(widths) - 1)), 12)
    lines = [_line(head, widths)]
    for item, row in zip(outcomes, rows, strict=True):
        lines.append(_painted(_line(row, widths), item.verdict, colour))
        if item.verdict != "passed":
            lines += [f"  {line}" for line in wrapped(messages(item)[language == "zh"], width - 2)]
    lines += ["", _painted(_summary(report, language), report.gate, colour)]
    for title, text in _notes(report, language):
        lines += wrapped(f"{title}: {text}", width)
    return "\n".join(lines)


def _notes(report: Report, language: Language) -> Iterator[tuple[str, str]]:
    for kept in report.not_executed:
        yield _word("not executed", language), f"{kept.id} ({_word(kept.reason, language)})"
    for warning in report.warnings:
        where = "" if warning.where is None else f"{warning.where} "
        yield (
            _word("warning", language),
            where + (warning.message_zh if language == "zh" else warning.message_en),
        )


def _summary(report: Report, language: Language) -> str:
    total = report.score["total"]
    shown: dict[str, Any] = {
        "verdict": _word(report.verdict, language),
        "gate": _word(report.gate, language),
        "score": "–" if total is None else total,
        "rows": report.rows,
    }
    return "   ".join(f"{_word(name, language)} {value}" for name, value in shown.items())


def _row(item: Outcome, language: Language) -> tuple[str, ...]:
    verdict = _word(item.verdict, language)
    if item.waived is not None:
        verdict += f" ({_word('waived', language)} {item.waived})"
    cells = (item.failing_rows, item.checked_rows, item.observed)
    shown = ("" if cell is None else str(cell) for cell in cells)
    reason = "" if item.reason is None else _word(item.reason, language)
    return (item.rule.id, _word(item.rule.severity, language), verdict, *shown, reason)


def _word(word: str, language: Language) -> str:
    return _ZH.get(word, word) if language == "zh" else word


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        text = cut(cell, width)
        space = " " * (width - columns_of(text))
        padded.append(space + text if place in _NUMBERS else text + space)
    return "  ".join(padded).rstrip()


def columns_of(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text in at most so many columns, with a mark where it was cut."""
    if columns_of(text) <= width:
        return text
    taken, room = "", width - 1
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        taken += char
    return taken + "…"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, broken at spaces or between wide characters; width < 1 = one line."""
    if width < 1:
        return [text]
    width = max(width, _NARROWEST)
    lines, line = [], ""
    for piece in _pieces(text):
        if line.strip() and columns_of(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """Words with the space after them; a wide character is a word of its own."""
    piece = ""
    for char, after in zip_longest(text, text[1:], fillvalue=""):
        piece += char
        # no line begins with a closing mark such as a full stop
        closing = after != "" and unicodedata.category(after) in ("Po", "Pe", "Pf")
        if (char == " " or _columns(char) == 2 or (after and _columns(after) == 2)) and not closing:
            yield piece
            piece = ""
    if piece:
        yield piece


def _painted(line: str, word: str, colour: bool) -> str:
    return f"\x1b[{_COLOURS[word]}m{line}\x1b[0m" if colour and word in _COLOURS else line
