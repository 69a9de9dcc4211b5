"""The demo's way of the data with the engines alone: validate as delivered, clean, validate again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalog.processing.cleaning import CleaningRequest, clean
from catalog.processing.cleaning_report import CleaningReport
from catalog.processing.recipe import load_recipe
from demo.datasets import DatasetSpec
from governance.validation.engine import ValidationRequest, validate
from governance.validation.standard import compile_standard, load

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def report_of(dataset: DatasetSpec, paths: dict[str, Path]) -> dict[str, Any]:
    """The validation report of a dataset; data and references lie where `paths` has them."""
    request = ValidationRequest(
        data=paths[dataset.name],
        standard=load(dataset.standard_path.read_bytes()),
        object_name=dataset.object_name,
        now=NOW,
        references={name: paths[target] for name, target in dataset.references.items()},
        platform_key=b"0" * 32,
    )
    return dict(validate(request).to_json())


def failing(report: dict[str, Any]) -> dict[str, int]:
    """Rows that fail, by rule id; a table rule counts what it observed."""
    found = {}
    for rule in report["rules"]:
        if rule["verdict"] == "failed":
            count = rule["failing_rows"] if rule["failing_rows"] is not None else rule["observed"]
            found[rule["id"]] = count
    return found


def errored(report: dict[str, Any]) -> list[str]:
    return [rule["id"] for rule in report["rules"] if rule["verdict"] == "errored"]


def cleaned(dataset: DatasetSpec, paths: dict[str, Path], out: Path) -> CleaningReport:
    """Apply the dataset's recipe; the output is `out/data.parquet`."""
    assert dataset.recipe_path is not None
    standard = compile_standard(load(dataset.standard_path.read_bytes()), dataset.object_name, None)
    request = CleaningRequest(
        data=paths[dataset.name],
        recipe=load_recipe(dataset.recipe_path),
        out=out,
        started=NOW,
        standard=standard,
        references={name: paths[target] for name, target in dataset.references.items()},
    )
    return clean(request)


def clean_all(datasets: tuple[DatasetSpec, ...], paths: dict[str, Path], folder: Path) -> dict[str, Any]:
    """Clean in the register's order, each against the versions there are by then; `paths` is updated."""
    reports = {}
    for dataset in datasets:
        if dataset.recipe:
            reports[dataset.name] = cleaned(dataset, paths, folder / dataset.name)
            paths[dataset.name] = folder / dataset.name / "data.parquet"
    return reports
