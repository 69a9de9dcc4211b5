"""The test command counts what pytest reported, and hands its options on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runner.__main__ import partition, run_all
from tests.runner.stages import STAGES, Stage, embedded
from tests.runner.totals import Totals, read

REPORT = """<?xml version="1.0"?><testsuites>
<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"/></testsuites>"""


def test_errors_count_as_failed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert read(report) == Totals(passed=4, failed=3, skipped=3)
    assert str(read(report) + Totals(1, 0, 0)) == "5 passed, 3 failed, 3 skipped"


def test_a_run_without_a_report_counts_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "none.xml") == Totals()


@pytest.mark.parametrize(
    ("words", "stages", "options"),
    [
        ([], [], []),
        (["sqlite", "-k", "ledger"], ["sqlite"], ["-k", "ledger"]),
        (["sqlite", "--", "tests/ui", "-x"], ["sqlite"], ["tests/ui", "-x"]),
        (["--help"], ["--help"], []),
    ],
)
def test_words_before_the_first_option_are_stages(
    words: list[str], stages: list[str], options: list[str]
) -> None:
    own, _, handed_on = partition(words)
    assert (own, handed_on) == (stages, options)


def test_every_test_belongs_to_exactly_one_stage_of_sqlite() -> None:
    """The marks that leave a test out of one stage are the ones that take it into another."""
    marks = {stage.name: stage.words[1] for stage in STAGES if stage.words[0] == "-m"}
    assert marks["sqlite"] == "not services and not browser and not spark"
    assert marks["services"] == "services"
    assert marks["browser"] == "browser and not services"
    assert marks["spark"] == "spark"


def test_a_stage_beside_another_is_reported_in_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    nothing = ("--version",)
    stages = [
        Stage("guest", "g", nothing, embedded, beside="host"),
        Stage("first", "f", nothing, embedded),
        Stage("host", "h", nothing, embedded),
        Stage("other", "o", nothing, embedded, beside="host"),
    ]
    results = run_all(stages, [])
    assert [(result.stage.name, result.code) for result in results] == [
        ("guest", 0),
        ("first", 0),
        ("host", 0),
        ("other", 0),
    ]
    said = [line for line in capfd.readouterr().out.splitlines() if line.startswith("===")]
    assert said == ["=== first: f", "=== host: h", "=== guest: g", "=== other: o"]


def test_a_stage_asked_for_alone_runs_by_itself() -> None:
    assert [
        result.code for result in run_all([Stage("guest", "g", ("--version",), embedded, "host")], [])
    ] == [0]
