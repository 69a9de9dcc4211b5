"""Every code a person may meet is said in both languages."""

import json
from importlib import resources
from pathlib import Path

from committee.engine import texts


def schema() -> dict[str, dict[str, object]]:
    text = resources.files("committee.engine").joinpath("schemas/committee-case.schema.json").read_text()
    return json.loads(text)["$defs"]


def test_refusals_faults_outcomes_and_bars_are_complete() -> None:
    defs = schema()
    assert set(texts.REFUSALS) == set(defs["refusal"]["enum"])
    assert set(texts.FAULTS) == set(defs["error"]["properties"]["error"]["properties"]["code"]["enum"])
    output = defs["output"]["properties"]
    assert set(texts.OUTCOMES) == set(output["outcome"]["enum"]) - {None}
    assert set(texts.BARS) == set(output["ineligible"]["items"]["properties"]["codes"]["items"]["enum"])


def test_every_reason_the_engine_names_has_a_sentence() -> None:
    source = Path(str(resources.files("committee.engine").joinpath("reasons.py"))).read_text()
    source += Path(str(resources.files("committee.engine").joinpath("effects.py"))).read_text()
    for code in texts.REASONS:
        assert f'"{code}' in source, code


def test_a_reason_names_its_function() -> None:
    text = texts.reason_text("composition_unmet:legal")
    assert "legal" in text.en
    assert "legal" in text.zh


def test_both_languages_are_written() -> None:
    tables = (texts.REASONS, texts.REFUSALS, texts.FAULTS, texts.OUTCOMES, texts.BARS)
    for text in (text for table in tables for text in table.values()):
        assert text.en.isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in text.zh)
