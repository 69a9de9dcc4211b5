"""Asking about ODCS documents: the engine answers in a process of its own (`governance.validation.describe`).

Keeps the engine's libraries out of the web process and bounds a hostile document in time and memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from governance.exceptions import StandardInvalid
from governance.services.standards import CompiledRule

PROJECT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 90
EXPORTS = {"odcs": "odcs.yaml", "pandera-python": "py", "pandera-yaml": "pandera.yaml"}
"""Forms a standard can be had in, with the ending of their file."""


@dataclass(frozen=True, slots=True)
class StandardText:
    """What a document says of itself, and its compiled rules.

    `columns`: the declared properties as forms show them; `kept`: entries that are never run; `touched`: the
    node the last change wrote, {pointer, fragment, rules}.
    """

    version: str
    digest: str
    document: bytes
    rules: list[CompiledRule]
    columns: list[dict[str, Any]]
    kept: list[dict[str, Any]]
    warnings: list[dict[str, Any]]
    compiled: str
    touched: Mapping[str, Any] | None = None

    def facts(self) -> dict[str, Any]:
        """What is stored beside the bytes and the rules, for pages."""
        return {
            "digest": self.compiled,
            "columns": self.columns,
            "kept": self.kept,
            "warnings": self.warnings,
        }


@dataclass(frozen=True, slots=True)
class ParameterWords:
    """One parameter of a rule kind, as a form asks for it (`form`: see the engine's `Shape`)."""

    name: str
    form: str
    choices: tuple[str, ...]
    required: bool
    default: Any
    help: str
    help_zh: str


@dataclass(frozen=True, slots=True)
class KindWords:
    """One rule kind: what it demands, what it takes. `columns`: one, many or none."""

    name: str
    summary: str
    summary_zh: str
    level: str
    severity: str
    dimension: str
    columns: str
    operator: bool
    implied: bool
    parameters: tuple[ParameterWords, ...] = field(default_factory=tuple)


def read_standard(document: bytes, changes: Sequence[Mapping[str, Any]] = ()) -> StandardText:
    """Make changes (`governance.validation.standard.changing`), parse and compile every object.

    Raises StandardInvalid with the first fault.
    """
    answer = _asked({"do": "describe", "changes": list(changes)}, document)
    rules = [CompiledRule(**{**rule, "columns": tuple(rule["columns"])}) for rule in answer.pop("rules")]
    return StandardText(rules=rules, **{**answer, "document": answer["document"].encode()})


def export_standard(document: bytes, object_name: str, form: str) -> str:
    """One object as a file of plain Pandera; `form` of EXPORTS, but odcs. Raises StandardInvalid."""
    return str(_asked({"do": "export", "object": object_name, "format": form}, document)["text"])


@lru_cache(maxsize=1)
def rule_kinds() -> Mapping[str, KindWords]:
    """Every rule kind by name. Asked for once in the life of a process, whose code does not change."""
    found = {}
    for kind in _asked({"do": "kinds"}, b"")["kinds"]:
        given = [ParameterWords(**{**one, "choices": tuple(one["choices"])}) for one in kind["parameters"]]
        found[kind["name"]] = KindWords(**{**kind, "parameters": tuple(given)})
    return found


def _asked(question: Mapping[str, Any], document: bytes) -> dict[str, Any]:
    """One question, one process. Raises StandardInvalid."""
    try:
        answer: dict[str, Any] = json.loads(_told(json.dumps(question).encode() + b"\n" + document))
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise StandardInvalid(detail="> 60 s, > 3 GiB") from error
    if "error" in answer:
        raise _fault(answer["error"])
    return answer


def _told(sent: bytes) -> bytes:
    """What the child answers: of the sent bytes and this code alone, so the same every time."""
    return subprocess.run(
        [sys.executable, "-m", "governance.validation.describe"],
        input=sent,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        cwd=PROJECT,
    ).stdout


def _fault(error: Mapping[str, Any]) -> StandardInvalid:
    """The engine's refusal in the reader's language; the place it names goes along."""
    chinese = (get_language() or "en").startswith("zh")
    words = error["message_zh"] if chinese else error["message_en"]
    detail = error.get("detail")
    place: Mapping[str, Any] = detail if isinstance(detail, dict) else {}
    shown = (
        detail if isinstance(detail, str) else place.get("where") or place.get("column") or place.get("at")
    )
    return StandardInvalid(
        detail=f"{words} {shown or ''}".strip(),
        sentence=words,
        engine_code=error["code"],
        parameter=str(place.get("parameter") or ""),
        place=str(shown or ""),
    )
