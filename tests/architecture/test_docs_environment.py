"""docs/operations.md names every environment variable the product reads."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.architecture.source import ROOT, python_files, tree

NAME = re.compile(r"(?:GAVEL|[A-Z]+)_[A-Z_]+")
OURS = re.compile(r"\$\{(GAVEL_[A-Z_]+|POSTGRES_PASSWORD)")


def read_by(file: Path) -> set[str]:
    """Names of variables that stand as texts in the file."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            found.add(node.value)
    return {name for name in found if name.startswith("GAVEL_") or name in {"DATABASE_URL", "REDIS_URL"}}


def test_every_variable_the_product_reads_is_documented() -> None:
    wanted = set(OURS.findall((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    wanted |= set(OURS.findall((ROOT / "config" / "environment.sh").read_text(encoding="utf-8")))
    for file in python_files():
        wanted |= read_by(file)
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert {name for name in wanted if f"`{name}`" not in text} == set()
