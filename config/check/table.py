"""The check's table: one line for each step, for people and as JSON."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

MARKS: Final = {"passed": "ok", "failed": "FAILED", "not run": "not run"}


@dataclass(frozen=True)
class Outcome:
    """What a step found. `figures` are the numbers it measured, by name."""

    step: str
    result: str
    seconds: float
    detail: str
    figures: dict[str, Any] = field(default_factory=dict)


def verdict(outcomes: Sequence[Outcome]) -> bool:
    """True where there are steps and every one passed."""
    return bool(outcomes) and all(outcome.result == "passed" for outcome in outcomes)


def as_text(outcomes: Sequence[Outcome]) -> str:
    """A table aligned by columns."""
    rows = [("step", "result", "seconds", "detail")]
    rows += [(o.step, MARKS[o.result], f"{o.seconds:.1f}", o.detail) for o in outcomes]
    wide = [max(_width(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{_pad(step, wide[0])}  {_pad(result, wide[1])}  {seconds:>{wide[2]}}  {detail}".rstrip()
        for step, result, seconds, detail in rows
    )


def as_json(outcomes: Sequence[Outcome]) -> str:
    """{"passed": bool, "steps": [...]} with every figure."""
    document = {"passed": verdict(outcomes), "steps": [asdict(outcome) for outcome in outcomes]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
