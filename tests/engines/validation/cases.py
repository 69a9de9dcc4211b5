"""What the tests of the validation engine share: small standards, small tables, one clock."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from governance.validation.engine import Report, ValidationRequest, read_waivers, validate
from governance.validation.standard import StandardDocument, load

REPO = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 1, 15, tzinfo=UTC)
KEY = b"a platform key for tests"


def golden_folder() -> Path:
    shared = Path(os.environ.get("GAVEL_SHARED", REPO.parent / "shared")) / "design" / "standard-cases"
    return shared if shared.is_dir() else REPO / "tests" / "golden" / "standard-cases"


def document(
    properties: list[dict[str, Any]], quality: list[dict[str, Any]] | None = None, **more: Any
) -> StandardDocument:
    """A standard of one object `data`."""
    node: dict[str, Any] = {"name": "data", "properties": properties}
    if quality:
        node["quality"] = quality
    node.update(more.pop("object", {}))
    tree = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "test",
        "version": "1.0.0",
        "status": "active",
        "schema": [node],
        **more,
    }
    return load(json.dumps(tree, ensure_ascii=False).encode())


def gavel(
    kind: str, rule_id: str | None = None, severity: str | None = None, **parameters: Any
) -> dict[str, Any]:
    """A gavel quality entry."""
    entry: dict[str, Any] = {
        "type": "custom",
        "engine": "gavel",
        "implementation": {"kind": kind, **parameters},
    }
    if rule_id:
        entry["id"] = rule_id
    if severity:
        entry["severity"] = severity
    return entry


def run(standard: StandardDocument, data: Path | str, folder: Path, **request: Any) -> Report:
    """Validate a file, or CSV text."""
    if isinstance(data, str):
        path = folder / "data.csv"
        path.write_text(data, encoding="utf-8")
        data = path
    request.setdefault("now", NOW)
    return validate(ValidationRequest(data=data, standard=standard, platform_key=KEY, **request))


def counts(report: Report, rule_id: str) -> tuple[str, int | None, int | None]:
    """Verdict, failing rows, checked rows."""
    found = report.outcome(rule_id)
    assert found is not None, [item.rule.id for item in report.outcomes]
    return found.verdict, found.failing_rows, found.checked_rows


def reason(report: Report, rule_id: str) -> str | None:
    found = report.outcome(rule_id)
    assert found is not None, [item.rule.id for item in report.outcomes]
    return found.reason


def golden_request(folder: Path) -> ValidationRequest:
    """The request a golden case stands for."""
    data = next(folder.glob("data.*"))
    previous, waivers = folder / "previous.csv", folder / "waivers.json"
    return ValidationRequest(
        data=data,
        standard=load((folder / "standard.odcs.yaml").read_bytes()),
        now=NOW,
        references={path.stem.removeprefix("ref_"): path for path in folder.glob("ref_*")},
        previous=previous if previous.exists() else None,
        waivers=read_waivers(waivers.read_bytes()) if waivers.exists() else (),
        platform_key=KEY,
    )
