"""The published ODCS JSON schemas, shipped with the code and never fetched (standard-rules §1.1)."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from governance.validation.errors import refuse
from governance.validation.standard.yaml_nodes import bad_standard

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
CURRENT = "3.1.0"
OLDER = "3.0.2"
_API_VERSIONS = {"v3.1.0": CURRENT, "v3.0.0": OLDER, "v3.0.1": OLDER, "v3.0.2": OLDER}


def schema_version(tree: object) -> str:
    """`3.1.0` or `3.0.2`; raises `standard_invalid`, `standard_unsupported_version`."""
    if not isinstance(tree, dict):
        raise bad_standard("The document is not a mapping.", "文档不是映射。", "/")
    version = tree.get("apiVersion")
    if not isinstance(version, str):
        raise bad_standard(
            "apiVersion is missing or is no text.", "缺少 apiVersion，或其不是文本。", "/apiVersion"
        )
    if version not in _API_VERSIONS:
        raise refuse("standard_unsupported_version", version[:40])
    return _API_VERSIONS[version]


def check_schema(tree: dict[str, Any]) -> None:
    """Raise `standard_invalid` with the first error and its path unless the document satisfies its schema.

    A v3.0 document that already says `metric` is read too: the newer schema allows both spellings.
    """
    wanted = schema_version(tree)
    error = _first_error(tree, wanted)
    if error and wanted == OLDER and _first_error(tree, CURRENT) is None:
        error = None
    if error:
        raise bad_standard("The document does not satisfy the ODCS schema.", "文档不符合 ODCS 模式。", error)


def _first_error(tree: dict[str, Any], version: str) -> str | None:
    from jsonschema.exceptions import best_match  # heavy, needed only where a document is read

    errors = list(_validator(version).iter_errors(tree))
    if not errors:
        return None
    error = best_match(iter(errors)) or errors[0]
    path = "/" + "/".join(str(part) for part in error.absolute_path)
    return f"{path}: {error.message[:200]}"


@lru_cache(maxsize=2)
def _validator(version: str) -> Any:
    from jsonschema import Draft201909Validator  # heavy, needed only where a document is read

    schema = json.loads((SCHEMAS / f"odcs-json-schema-v{version}.json").read_text(encoding="utf-8"))
    return Draft201909Validator(schema)
