"""Every text a page may show: from Python calls of gettext and from templates, as `makemessages` would."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

from tests.architecture.source import ROOT, project_files, python_files, tree

PLAIN = {"_", "gettext", "gettext_lazy", "gettext_noop", "N_"}
PLURAL = {"ngettext", "ngettext_lazy"}
CONTEXT = {"pgettext", "pgettext_lazy"}
CONTEXT_PLURAL = {"npgettext", "npgettext_lazy"}
STRING = r"u?((?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"))"
CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*{STRING}(?:,\s*{STRING})?(?:,\s*{STRING})?")


@dataclass(frozen=True, order=True)
class Text:
    """A msgid with its context ("" where it has none)."""

    context: str
    msgid: str


def used() -> dict[Text, str]:
    """Text -> one file that uses it."""
    found: dict[Text, str] = {}
    for file in python_files():
        for text in in_python(file):
            found.setdefault(text, str(file.relative_to(ROOT)))
    for file in project_files():
        if file.suffix in {".html", ".txt"} and "templates" in file.relative_to(ROOT).parts[:2]:
            for text in in_template(file):
                found.setdefault(text, str(file.relative_to(ROOT)))
    return found


def constants() -> set[str]:
    """Every string constant of our Python: a text may be chosen from a table before it is translated."""
    return {
        node.value
        for file in python_files()
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def in_python(file: Path) -> Iterator[Text]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            strings = [
                arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            ]
            yield from _texts(name, strings)


def in_template(file: Path) -> Iterator[Text]:
    for match in CALL.finditer(templatize(file.read_text(encoding="utf-8"))):
        strings = [ast.literal_eval(part) for part in match.groups()[1:] if part]
        yield from _texts(match[1], strings)


def _texts(name: str, strings: list[str]) -> Iterator[Text]:
    if not strings or not strings[0]:
        return
    if name in PLAIN or name in PLURAL:
        yield Text("", strings[0])
    elif (name in CONTEXT or name in CONTEXT_PLURAL) and len(strings) > 1:
        yield Text(strings[0], strings[1])
