"""Compiles the `.po` texts to the `.mo` files gettext reads, without the gettext programs."""

import os
from collections.abc import Iterator
from pathlib import Path

import polib


def po_files(base: Path) -> Iterator[Path]:
    """Every catalogue of texts: `locale/<language>/LC_MESSAGES/*.po` at the top and in each app."""
    yield from sorted(base.glob("locale/*/LC_MESSAGES/*.po"))
    yield from sorted(base.glob("*/locale/*/LC_MESSAGES/*.po"))


def compile_messages(base: Path) -> int:
    """Write the `.mo` beside each `.po` that is newer; returns how many. Raises OSError on bad texts."""
    written = 0
    for source in po_files(base):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_bytes(polib.pofile(str(source)).to_binary())
        draft.replace(target)
        written += 1
    return written
