"""Who may name what: heavy libraries, database vendors; and no file that becomes a drawer."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.source import (
    ENGINES,
    ROOT,
    imported_packages,
    module_name,
    python_files,
    tree,
    within,
)

DATA_ENGINES = ("governance.validation", "catalog.processing", "modeling.training", "catalog.lake")
OWNERS = {
    "torch": ("modeling.training",),
    "transformers": ("modeling.training",),
    "peft": ("modeling.training",),
    "accelerate": ("modeling.training",),
    "safetensors": ("modeling.training",),
    "sklearn": ("modeling.training",),
    "polars": DATA_ENGINES,
    "pandera": ("governance.validation",),
    "deltalake": DATA_ENGINES,
    "pandas": (),
}
DRAWERS = {"utils", "helpers", "common", "core", "misc"}


@pytest.mark.parametrize("library", OWNERS)
def test_only_its_engine_names(library: str) -> None:
    named = [module_name(file) for file in python_files() if library in imported_packages(file)]
    assert [name for name in named if not within(name, OWNERS[library])] == []


def test_engines_name_no_framework() -> None:
    forbidden = {"django", "rest_framework", "celery", "config"}
    guilty = {
        module_name(file): sorted(forbidden & set(imported_packages(file)))
        for file in python_files()
        if within(module_name(file), ENGINES)
    }
    assert {name: found for name, found in guilty.items() if found} == {}


def test_nothing_looks_a_model_up_by_name() -> None:
    assert [str(file.relative_to(ROOT)) for file in python_files() if uses_attribute(file, "get_model")] == []


def test_only_the_database_package_asks_for_the_vendor() -> None:
    asking = [module_name(file) for file in python_files() if uses_attribute(file, "vendor")]
    assert [name for name in asking if not within(name, ("governance.database",))] == []


def test_no_drawers() -> None:
    assert [
        str(file.relative_to(ROOT)) for file in python_files(tests=True) if DRAWERS & set(parts(file))
    ] == []


def parts(file: Path) -> tuple[str, ...]:
    return file.relative_to(ROOT).with_suffix("").parts


def uses_attribute(file: Path, name: str) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(tree(file)))
