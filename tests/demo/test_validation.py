"""The engine finds what is known to be wrong, and the shipped recipes open the gate."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from catalog.processing.splits import split_pairs
from demo.datasets import (
    COUPON_SURPLUS,
    INTENTS,
    PAIRS,
    RETAIL,
    SAMPLE,
    SOURCES,
    SPLIT_BY,
    SPLIT_PAIRS,
    DatasetSpec,
)
from demo.sample.tables import SampleManifest
from tests.demo.conftest import DATA, needs_real_data
from tests.demo.loop import clean_all, errored, failing, report_of

FOLDERS = {source.name: source.folder for source in SOURCES}
Sample = tuple[Path, SampleManifest]


def real_paths(datasets: tuple[DatasetSpec, ...]) -> dict[str, Path]:
    return {dataset.name: DATA / FOLDERS[dataset.source] / dataset.file for dataset in datasets}


def sample_paths(folder: Path) -> dict[str, Path]:
    return {dataset.name: folder / dataset.file for dataset in SAMPLE}


def stops_the_gate(report: dict[str, Any]) -> list[str]:
    stern = {"blocker", "major"}
    return [r["id"] for r in report["rules"] if r["severity"] in stern and r["verdict"] != "passed"]


@needs_real_data
@pytest.mark.parametrize("dataset", PAIRS, ids=lambda dataset: dataset.name)
def test_the_report_names_the_known_defects_with_their_counts(dataset: DatasetSpec) -> None:
    report = report_of(dataset, real_paths(PAIRS))
    assert errored(report) == []
    counts = {rule["id"]: rule["failing_rows"] for rule in report["rules"]}
    assert {rule: counts[rule] for rule in dataset.known} == dict(dataset.known)


@needs_real_data
def test_retail_data_is_refused_as_delivered_and_opens_the_gate_once_cleaned(tmp_path: Path) -> None:
    paths = real_paths(RETAIL)
    closed = {d.name for d in RETAIL if report_of(d, paths)["gate"] == "closed"}
    assert closed == {"retail-products", "retail-coupons", "retail-transactions"}
    reports = clean_all(RETAIL, paths, tmp_path)
    after = {dataset.name: report_of(dataset, paths) for dataset in RETAIL}
    assert {name: report["gate"] for name, report in after.items()} == dict.fromkeys(after, "open")
    steps = {step.id: step.rows_removed for step in reports["retail-coupons"].steps}
    assert steps["listed-twice"] == COUPON_SURPLUS
    transactions = reports["retail-transactions"]
    assert transactions.rows_in == transactions.rows_out + transactions.rows_quarantined == 75_000
    # Facts stay facts: fuel is still sold by the thousand, most households still have no survey.
    assert failing(after["retail-transactions"])["quantity.above_1000"] == 692


@needs_real_data
def test_the_published_pairs_leak_and_a_record_disjoint_split_does_not(tmp_path: Path) -> None:
    paths = real_paths(PAIRS)
    for dataset in PAIRS:
        report = report_of(dataset, paths)
        assert report["gate"] == "closed"
        assert set(stops_the_gate(report)) == {"left_title.shared_record", "right_title.shared_record"}
    frames = [pl.read_csv(paths[dataset.name], infer_schema=False) for dataset in PAIRS]
    split = split_pairs(pl.concat(frames), left=SPLIT_BY[:1], right=SPLIT_BY[1:])
    parts = {SPLIT_PAIRS[part].name: tmp_path / f"{part}.csv" for part in split.parts}
    for part, frame in split.parts.items():
        frame.write_csv(parts[SPLIT_PAIRS[part].name])
    reports = {spec.name: report_of(spec, parts) for spec in SPLIT_PAIRS.values()}
    assert {name: report["gate"] for name, report in reports.items()} == dict.fromkeys(parts, "open")
    contradictions = [
        rule for r in reports.values() for rule in r["rules"] if rule["id"] == "table.label_conflict"
    ]
    assert sum(rule["failing_rows"] for rule in contradictions) == 2


@needs_real_data
def test_service_intents_open_the_gate_without_the_messages_of_the_test(tmp_path: Path) -> None:
    paths = real_paths(INTENTS)
    assert [report_of(dataset, paths)["gate"] for dataset in INTENTS] == ["closed", "closed"]
    reports = clean_all(INTENTS, paths, tmp_path)
    assert reports["service-intents-train"].rows_quarantined == 11
    assert [report_of(dataset, paths)["gate"] for dataset in INTENTS] == ["open", "open"]


def test_every_planted_defect_is_reported_with_its_count(sample: Sample) -> None:
    folder, manifest = sample
    for dataset in SAMPLE:
        report = report_of(dataset, sample_paths(folder))
        assert errored(report) == []
        planted = {defect.rule: defect.count for defect in manifest.of(Path(dataset.file).stem)}
        found = failing(report)
        assert {rule: found.get(rule, 0) for rule in planted} == planted


def test_nothing_fails_in_the_sample_but_what_was_planted(sample: Sample) -> None:
    folder, manifest = sample
    follows = {"table.type_in_one_category"}  # an item of an unknown category contradicts its type as well
    for dataset in SAMPLE:
        if not dataset.file.endswith("_test.csv"):
            planted = {defect.rule for defect in manifest.of(Path(dataset.file).stem)}
            assert set(failing(report_of(dataset, sample_paths(folder)))) - planted <= follows


def test_the_sample_opens_the_gate_once_cleaned(sample: Sample, tmp_path: Path) -> None:
    paths = sample_paths(sample[0])
    before = {dataset.name: report_of(dataset, paths)["gate"] for dataset in SAMPLE}
    assert "open" not in before.values()
    reports = clean_all(SAMPLE, paths, tmp_path)
    assert all(report.rows_in == report.rows_out + report.rows_quarantined for report in reports.values())
    after = {dataset.name: report_of(dataset, paths) for dataset in SAMPLE}
    assert {name: stops_the_gate(report) for name, report in after.items()} == {name: [] for name in after}
