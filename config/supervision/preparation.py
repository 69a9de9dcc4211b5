"""What must be true before the first program starts: tables, texts, static files."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from config.messages import compile_messages
from ui.assets import COLLECTSTATIC_IGNORE

STAMP: Final = "collected.sha256"
UNUSED: Final = (*COLLECTSTATIC_IGNORE, "rest_framework", "redoc", "htmx-4*", "htmax*")
"""Static files of packages that no page of ours loads."""


def prepare_installation(say: Callable[[str], None]) -> None:
    """Idempotent and quick when nothing changed."""
    if compile_messages(settings.BASE):
        say("texts compiled")
    if migrate():
        say("database is up to date")
    if collect_static(settings.STATIC_ROOT):
        say("static files collected")


def migrate() -> bool:
    """Apply what is missing; False where nothing was."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def collect_static(root: Path) -> bool:
    """Copy, hash and compress the static files unless the same files were collected before; False then."""
    stamp = root / STAMP
    mark = static_fingerprint()
    if stamp.exists() and stamp.read_text(encoding="ascii") == mark:
        return False
    root.mkdir(parents=True, exist_ok=True)
    call_command(
        "collectstatic",
        interactive=False,
        clear=True,
        verbosity=0,
        ignore_patterns=list(UNUSED),
    )
    stamp.write_text(mark, encoding="ascii")
    return True


def static_fingerprint() -> str:
    """SHA-256 over name, size and time of every static source file."""
    seen = json.dumps(sorted(_static_sources()))
    return hashlib.sha256(seen.encode()).hexdigest()


def _static_sources() -> Iterator[tuple[str, int, int]]:
    for finder in get_finders():
        for name, storage in finder.list(list(UNUSED)):
            found = Path(storage.path(name)).stat()
            yield name, found.st_size, found.st_mtime_ns
