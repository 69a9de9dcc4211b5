"""Every code a notice is sent under has its words, in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from django.utils import translation

from governance.notices import WORDS
from tests.architecture.source import ROOT, python_files, tree

SENDERS = {"send", "_send"}


def codes() -> Iterator[tuple[str, str]]:
    """(file, code) of each call that names its code as a plain text in the second place."""
    for file in python_files():
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and called(node) in SENDERS and len(node.args) > 1:
                code = node.args[1]
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    yield str(file.relative_to(ROOT)), code.value


def called(node: ast.Call) -> str:
    """The last name of what is called."""
    place = node.func
    return place.attr if isinstance(place, ast.Attribute) else getattr(place, "id", "")


def test_every_code_that_is_sent_has_words() -> None:
    found = set(codes())
    assert len(found) > 10
    assert {(file, code) for file, code in found if code not in WORDS} == set()


def test_the_words_differ_by_language() -> None:
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            said[language] = {code: str(words) for code, words in WORDS.items()}
    same = {code for code in WORDS if said["en"][code] == said["zh-hans"][code]}
    assert {code for code in same if not code.startswith("test_")} == set()
