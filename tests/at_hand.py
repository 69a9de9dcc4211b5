"""Answers of the engine about standards given in the test's own process: the same, without a child each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from governance import standard_text
from governance.validation import describe
from governance.validation.errors import EngineError


def answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Patch `governance.standard_text` for one test; other tests ask the real child."""

    def asked(question: Mapping[str, Any], document: bytes) -> dict[str, Any]:
        try:
            found = describe.answer(describe._question(json.dumps(question).encode()), document)
        except EngineError as error:
            raise standard_text._fault(error.as_dict()["error"]) from error  # type: ignore[arg-type]
        return dict(json.loads(json.dumps(found, default=str)))

    monkeypatch.setattr(standard_text, "_asked", asked)
    standard_text.rule_kinds.cache_clear()
