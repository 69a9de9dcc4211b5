"""`python -m governance.validation.describe`: an ODCS document on stdin, its compiled rules as JSON.

A process of its own, so that the web process never carries the engine's libraries, and a hostile document
is bounded in time and memory. Exit 0 with {version, digest, rules}; 2 with the {error} of the report schemas.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any, Final

MOST_MEMORY: Final = 3 * 1024**3
MOST_SECONDS: Final = 60


def describe(document: bytes) -> dict[str, Any]:
    """Version, digest and the rules of every object. Raises EngineError."""
    from governance.validation import standard  # loads polars, which is why this module is run as a child

    parsed = standard.load(document)
    rules = [
        {
            "object_name": name,
            "rule_id": rule.id,
            "kind": rule.kind,
            "columns": list(rule.columns),
            "severity": rule.severity,
            "dimension": rule.dimension,
            "sentence": rule.sentence_en,
            "sentence_zh": rule.sentence_zh,
        }
        for name in parsed.object_names
        for rule in standard.compile(parsed, name).rules
    ]
    return {"version": parsed.version, "digest": parsed.digest, "rules": rules}


def main() -> int:
    """Bounded by the kernel: a document that wants more memory or time ends this process only."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    from governance.validation.errors import EngineError

    try:
        answer, status = describe(sys.stdin.buffer.read()), 0
    except EngineError as error:
        answer, status = error.as_dict(), 2
    sys.stdout.write(json.dumps(answer, ensure_ascii=False))
    return status


if __name__ == "__main__":
    sys.exit(main())
