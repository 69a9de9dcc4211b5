"""The golden cases of the committee rules, in full, and the test vector of §12."""

import hashlib
import json
import os
from importlib import resources
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from committee.engine import InputFault, tally
from committee.engine.schema import SCHEMA_SHA256
from governance.record.chain import verify_lines

REPO = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("GAVEL_SHARED", REPO.parent / "shared")) / "design"
FOLDER = (
    SHARED / "committee-cases"
    if (SHARED / "committee-cases").is_dir()
    else REPO / "tests/golden/committee-cases"
)
GOLDEN = sorted(FOLDER.glob("*.json"))


def schema() -> dict[str, object]:
    return json.loads(
        resources.files("committee.engine").joinpath("schemas/committee-case.schema.json").read_text()
    )


def test_there_are_golden_cases() -> None:
    assert len(GOLDEN) >= 30


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_case(path: Path) -> None:
    golden = json.loads(path.read_text(encoding="utf-8"))
    expected = golden["expected"]
    if "error" in expected:
        with pytest.raises(InputFault) as fault:
            tally(golden["input"])
        assert (fault.value.code, fault.value.path) == (expected["error"]["code"], expected["error"]["path"])
        return
    result = tally(golden["input"])
    assert result.output == expected
    Draft202012Validator({"$ref": "#/$defs/output", "$defs": schema()["$defs"]}).validate(result.output)
    assert verify_lines(result.ledger_bytes.splitlines(keepends=True)).ok


def test_vector_of_the_ledger() -> None:
    (path,) = [path for path in GOLDEN if path.name.startswith("04-")]
    result = tally(json.loads(path.read_text(encoding="utf-8"))["input"])
    found = verify_lines(result.ledger_bytes.splitlines(keepends=True))
    assert (found.entries, found.head) == (
        4,
        "405c74d81d0cdb36e5ce32fe84e31b7b1517d527d0187390f893ea7be38de267",
    )


def test_the_shipped_schema_is_the_one_named() -> None:
    data = resources.files("committee.engine").joinpath("schemas/committee-case.schema.json").read_bytes()
    assert hashlib.sha256(data).hexdigest() == SCHEMA_SHA256
