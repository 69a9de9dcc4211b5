"""Reading an ODCS document for the standards tables: the engine does it in a process of its own.

Keeps the engine's libraries out of the web process and bounds a hostile document in time and memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import get_language

from governance.exceptions import StandardInvalid
from governance.services.standards import CompiledRule

PROJECT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class StandardText:
    """What a document says of itself, and its compiled rules."""

    version: str
    digest: str
    rules: list[CompiledRule]


def read_standard(document: bytes) -> StandardText:
    """Parse and compile every object of an ODCS document. Raises StandardInvalid with the first fault."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "governance.validation.describe"],
            input=document,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
            cwd=PROJECT,
        )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise StandardInvalid(detail="> 60 s, > 3 GiB") from error
    if "error" in answer:
        raise StandardInvalid(detail=_fault(answer["error"]))
    rules = [CompiledRule(**{**rule, "columns": tuple(rule["columns"])}) for rule in answer["rules"]]
    return StandardText(answer["version"], answer["digest"], rules)


def _fault(error: dict[str, Any]) -> str:
    chinese = (get_language() or "en").startswith("zh")
    words = error["message_zh"] if chinese else error["message_en"]
    return f"{words} {error.get('detail') or ''}".strip()
