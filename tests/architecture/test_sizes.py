"""Code a reader can hold in the head: short functions, short files."""

from __future__ import annotations

import ast

from tests.architecture.source import ROOT, python_files, tree

LONGEST_FUNCTION = 60
LONGEST_FILE = 600


def test_no_function_is_longer_than_sixty_lines() -> None:
    long = []
    for file in python_files(tests=True):
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{file.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_no_file_is_longer_than_six_hundred_lines() -> None:
    counted = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for file in python_files(tests=True)
    }
    assert {name: lines for name, lines in counted.items() if lines > LONGEST_FILE} == {}
