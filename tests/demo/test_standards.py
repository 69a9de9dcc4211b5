"""Shipped standards are valid contracts, complete in both languages, and agree with recipes and register."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from demo.company import PEOPLE, TEAMS
from demo.datasets import EXAMPLES, REAL, SAMPLE, SPLIT_PAIRS, STANDARDS, DatasetSpec

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "governance" / "validation" / "schemas" / "odcs-json-schema-v3.1.0.json"
DATASETS = (*REAL, *SPLIT_PAIRS.values(), *SAMPLE)
SHIPPED = sorted((ROOT / "demo" / "standards").glob("*.odcs.yaml"))
RECIPES = sorted((ROOT / "demo" / "recipes").glob("*.yaml"))


@cache
def load(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load(path))


def custom(node: dict[str, Any]) -> dict[str, Any]:
    return {entry["property"]: entry["value"] for entry in node.get("customProperties", [])}


def rule_ids(table: dict[str, Any]) -> set[str]:
    """Ids of the rules an object asks for, as far as the demo's own recipes and counts name them."""
    found = {f"table.{entry['id']}" for entry in table.get("quality", []) if "id" in entry}
    for column in table["properties"]:
        name = column["name"]
        found |= {f"{name}.{entry['id']}" for entry in column.get("quality", []) if "id" in entry}
        found |= {f"{name}.dtype"} if "logicalType" in column else set()
        found |= {f"{name}.not_null"} if column.get("required") or column.get("primaryKey") else set()
        found |= {f"{name}.unique"} if column.get("primaryKey") else set()
        found |= {f"{name}.foreign_key"} if column.get("relationships") else set()
        found |= {f"{name}.range"} if "minimum" in column.get("logicalTypeOptions", {}) else set()
    return found


def object_of(dataset: DatasetSpec) -> dict[str, Any]:
    tables = load(dataset.standard_path)["schema"]
    return next(table for table in tables if table["name"] == dataset.object_name)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_standard_satisfies_the_published_schema(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(load(path))] == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_shipped_standard_speaks_both_languages(path: Path) -> None:
    document = load(path)
    assert "nameZh" in custom(document)
    assert {"purposeZh", "usageZh", "limitationsZh"} <= custom(document["description"]).keys()
    for table in document["schema"]:
        assert {"nameZh", "descriptionZh"} <= custom(table).keys(), table["name"]
        for column in table["properties"]:
            assert "nameZh" in custom(column), (table["name"], column["name"])
        for entry in table.get("quality", []) + [
            q for c in table["properties"] for q in c.get("quality", [])
        ]:
            assert entry.get("description"), entry
            assert "descriptionZh" in custom(entry), entry


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_column_of_a_shipped_standard_is_classified(path: Path) -> None:
    words = {"public", "internal", "sensitive", "restricted", "core"}
    for table in load(path)["schema"]:
        assert {column["classification"] for column in table["properties"]} <= words


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_people_a_standard_names_work_in_the_demo_company(path: Path) -> None:
    team = load(path)["team"]
    people = {person.username for person in PEOPLE}
    assert team["name"] in {known.code for known in TEAMS}
    assert {member["username"] for member in team["members"]} <= people
    assert "owner" in {member["role"] for member in team["members"]}


def test_every_shipped_standard_is_used_by_a_dataset_or_an_example_and_every_recipe() -> None:
    assert {standard.path for standard in (*STANDARDS, *EXAMPLES)} == set(SHIPPED)
    assert {dataset.standard_path for dataset in DATASETS} == {standard.path for standard in STANDARDS}
    assert {dataset.recipe_path for dataset in DATASETS if dataset.recipe} == set(RECIPES)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_a_dataset_of_the_register_stands_on_firm_ground(dataset: DatasetSpec) -> None:
    names = {known.name for known in DATASETS}
    people = {person.username for person in PEOPLE}
    table = object_of(dataset)
    assert {dataset.owner, dataset.steward} <= people
    assert set(dataset.references.values()) <= names
    assert dataset.known.keys() <= rule_ids(table)
    levels = {"public": 1, "internal": 2, "sensitive": 3, "restricted": 4, "core": 5}
    assert dataset.level >= max(levels[column["classification"]] for column in table["properties"])


@pytest.mark.parametrize("dataset", [d for d in DATASETS if d.recipe], ids=lambda dataset: dataset.name)
def test_a_recipe_names_only_rules_and_columns_of_its_standard(dataset: DatasetSpec) -> None:
    assert dataset.recipe_path is not None
    recipe = load(dataset.recipe_path)
    table = object_of(dataset)
    columns = {column["name"] for column in table["properties"]}
    assert recipe["recipe"] == "v1"
    ids = [step["id"] for step in recipe["steps"]]
    assert len(ids) == len(set(ids))
    for step in recipe["steps"]:
        if "into" in step:
            columns |= {step["into"]}
        assert set(step.get("columns", [])) | set(step.get("key", [])) <= columns, step
        if "rule" in step:
            assert step["rule"] in rule_ids(table), step


def test_references_of_a_dataset_cover_what_its_standard_asks_for() -> None:
    for dataset in DATASETS:
        table = object_of(dataset)
        asked = set()
        for column in table["properties"]:
            asked |= {relation["to"].split(".")[0] for relation in column.get("relationships", [])}
            asked |= {
                entry["implementation"]["against"]
                for entry in column.get("quality", [])
                if entry.get("implementation", {}).get("kind") == "leakage"
            }
        for relation in table.get("relationships", []):
            asked |= {end.split(".")[0] for end in relation["to"]}
        assert asked <= set(dataset.references), dataset.name
