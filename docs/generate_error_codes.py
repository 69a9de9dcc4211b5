"""Writes docs/error-codes.md from the code: `.venv/bin/python -m docs.generate_error_codes [--check]`.

Reads the classes and tables that hold the codes and nothing else: no database, no settings, no data.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("error-codes.md")
APPS = ("governance", "catalog", "modeling", "committee")
OURS = tuple(f"{app}." for app in APPS)
HEAD = """# Error codes

Every refusal has a code that never changes its meaning; programs compare codes, people read the words. The
API sends it as `code` in `application/problem+json`, a job keeps it as its `reason`, the command line prints
it as `error.code`.

This page is written by `docs/generate_error_codes.py` from the code itself; a test fails when the two differ.
Words in `%(…)s` and `{…}` are filled in when the message is shown.

下列每个代码含义固定不变；本页由程序从源代码生成。
"""
Row = tuple[str, ...]


def main() -> int:
    """Write the page, or with --check say whether it is up to date (exit 1 where not)."""
    words = argparse.ArgumentParser(description="Write docs/error-codes.md from the code.")
    words.add_argument("--check", action="store_true", help="change nothing; exit 1 if out of date")
    wanted = page()
    if words.parse_args().check:
        return 0 if TARGET.read_text(encoding="utf-8") == wanted else 1
    TARGET.write_text(wanted, encoding="utf-8")
    return 0


def page() -> str:
    """The whole page."""
    return HEAD + "".join(_section(*part) for part in sections()) + "\n"


def codes() -> set[str]:
    """Every code on the page."""
    return {row[0] for _title, _note, _heads, rows in sections() for row in rows}


def sections() -> list[tuple[str, str, Row, list[Row]]]:
    """(title, note, column heads, rows), each row beginning with its code."""
    from catalog.exceptions import ENGINE_WORDS
    from catalog.lake.errors import MESSAGES as LAKE
    from committee.engine.texts import FAULTS, REASONS, REFUSALS
    from governance.validation.errors import MESSAGES as DATA
    from modeling.training.failures import WORDS as TRAINING

    both = ("Code", "English", "中文")
    exits = "Exit status 2 of `validate`, `clean`, `standard`; of an upload: `ingest:` and the code."
    return [
        ("Actions (console and API)", "HTTP status, what happened, what to do.",
         ("Code", "HTTP", "Message", "Advice"), sorted(_domain())),
        ("Committee: refused events", "HTTP 403 or 409. Nothing is recorded in the case but the refusal.",
         both, _pairs(REFUSALS)),
        ("Committee: why a case stands as it does", "`reasons` of a tally; `:function` may follow.",
         both, _pairs(REASONS)),
        ("Committee: bad input of `tally`", "Exit status 2, with a JSON Pointer.", both, _pairs(FAULTS)),
        ("Data engines", exits, both, _pairs(DATA)),
        ("Reasons of catalogue jobs", "`reason` of an upload, validation, cleaning or split that failed.",
         ("Code", "Message"), sorted((code, str(text)) for code, text in ENGINE_WORDS.items())),
        ("Lake", "Storage of versions and files.", both, _pairs(LAKE)),
        ("Training", "`reason` of a run, `code` in the child's `failure.json`.", both, _pairs(TRAINING)),
    ]  # fmt: skip


def _domain() -> Iterator[Row]:
    """Every class of domain error that has a code of its own, once per code."""
    from governance.exceptions import DomainError

    for app in APPS:
        importlib.import_module(f"{app}.exceptions")
    seen = set()
    for kind in _below(DomainError):
        if kind.__module__.startswith(OURS) and "code" in vars(kind) and kind.code not in seen:
            seen.add(kind.code)
            yield kind.code, str(kind.status), str(kind.message), str(kind.advice)


def _below(kind: type[Any]) -> Iterator[type[Any]]:
    yield kind
    for child in sorted(kind.__subclasses__(), key=lambda found: (found.__module__, found.__name__)):
        yield from _below(child)


def _pairs(table: Any) -> list[Row]:
    return sorted((code, *tuple(words)[:2]) for code, words in table.items())


def _section(title: str, note: str, heads: Row, rows: list[Row]) -> str:
    lines = [f"\n## {title}\n\n{note}\n\n", _line(heads), _line(("---",) * len(heads))]
    lines += [_line((f"`{row[0]}`", *row[1:])) for row in rows]
    return "".join(lines)


def _line(cells: Row) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _prepare() -> None:
    """Django's translation machinery without our settings file: messages stay in English."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)


if __name__ == "__main__":
    _prepare()
    sys.exit(main())
