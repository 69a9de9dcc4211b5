"""Every text is there in Chinese, says the same thing everywhere, and no translation is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polib
import pytest

from config.messages import po_files
from tests.architecture.source import ROOT
from tests.architecture.texts import Text, constants, used

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)\}")


def entries() -> Iterator[tuple[str, polib.POEntry]]:
    for file in po_files(ROOT):
        for entry in polib.pofile(str(file)):
            yield str(file.relative_to(ROOT)), entry


@pytest.fixture(scope="module")
def translated() -> dict[Text, str]:
    return {
        Text(entry.msgctxt or "", entry.msgid): entry.msgstr or "".join(entry.msgstr_plural.values())
        for _, entry in entries()
        if entry.translated() and not entry.obsolete
    }


def test_every_text_of_the_product_is_translated(translated: dict[Text, str]) -> None:
    assert {text: file for text, file in used().items() if text not in translated} == {}


def test_no_translation_is_left_over() -> None:
    known, chosen = used(), constants()
    left = [
        f"{file}: {entry.msgid}"
        for file, entry in entries()
        if entry.obsolete
        or (Text(entry.msgctxt or "", entry.msgid) not in known and entry.msgid not in chosen)
    ]
    assert left == []


def test_every_entry_is_finished_and_certain() -> None:
    open_ones = [
        f"{file}: {entry.msgid}" for file, entry in entries() if entry.fuzzy or not entry.translated()
    ]
    assert open_ones == []


def test_one_text_has_one_translation() -> None:
    seen: dict[Text, tuple[str, str]] = {}
    clashes = []
    for file, entry in entries():
        text = Text(entry.msgctxt or "", entry.msgid)
        said = entry.msgstr or str(sorted(entry.msgstr_plural.items()))
        other = seen.setdefault(text, (said, file))
        if other[0] != said:
            clashes.append(f"{entry.msgid!r}: {other[1]} {other[0]!r}, {file} {said!r}")
    assert clashes == []


def test_translations_keep_the_placeholders() -> None:
    wrong = []
    for file, entry in entries():
        wanted = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
        for said in [entry.msgstr, *entry.msgstr_plural.values()]:
            if said and not set(PLACEHOLDER.findall(said)) <= wanted:
                wrong.append(f"{file}: {entry.msgid} -> {said}")
    assert wrong == []
