"""Our source files and what they import, for the tests about the house."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "demo", "console", "committee", "modeling", "catalog", "governance", "ui")
ENGINES = (
    "governance.record",
    "governance.validation",
    "catalog.processing",
    "catalog.lake",
    "committee.engine",
    "modeling.training",
)


@cache
def project_files() -> tuple[Path, ...]:
    """Every file of the project that git tracks or would track, without those deleted."""
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(words, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    names = sorted(set(filter(None, listed.split("\0"))))
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


def python_files(*, tests: bool = False) -> list[Path]:
    """Our Python files without migrations; with the tests and benchmarks where asked."""
    folders = (*ROOMS, "tests", "benchmarks") if tests else ROOMS
    return [
        file
        for file in project_files()
        if file.suffix == ".py"
        and (file.relative_to(ROOT).parts[0] in folders or file == ROOT / "manage.py")
        and "migrations" not in file.parts
    ]


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def module_name(file: Path) -> str:
    parts = list(file.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_packages(file: Path) -> Iterator[str]:
    """Top-level names of everything the file imports, anywhere in it, also under TYPE_CHECKING."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
