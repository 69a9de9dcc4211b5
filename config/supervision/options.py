"""The words after `quickstart`, read before Django is loaded: the data folder decides the settings."""

import argparse
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from config import env, keys

DEFAULT_PORT: Final = 8000
PROJECT: Final = Path(__file__).resolve().parents[2]
SCRATCH: Final = "GAVEL_CHECK_FOLDER"


@dataclass(frozen=True)
class Options:
    """What the command line asked for. `data` is a folder of real data; None: the generated sample."""

    data: Path | None
    port: int | None
    demo: bool
    check: bool
    json: Path | None


def parser() -> argparse.ArgumentParser:
    """The command's grammar, the same for `./quickstart --help` and for Django's own help."""
    words = argparse.ArgumentParser(
        prog="quickstart", description="Set up Gavel and run it on this machine until it is stopped."
    )
    words.add_argument(
        "--data", type=Path, metavar="DIR", help="real data for the demo (default: generated sample)"
    )
    words.add_argument(
        "--port", type=int, metavar="N", help=f"port (default: {DEFAULT_PORT} or the next free)"
    )
    words.add_argument("--no-demo", dest="demo", action="store_false", help="start without the demo company")
    words.add_argument(
        "--check", action="store_true", help="start, drive the whole loop once, stop; exit 0 or 1"
    )
    words.add_argument("--json", type=Path, metavar="FILE", help="with --check: write the table to this file")
    return words


def parse(words: list[str]) -> Options:
    """Read the words; exits with code 2 and a sentence where they make no sense."""
    grammar = parser()
    read = grammar.parse_args(words)
    if read.json and not read.check:
        grammar.error("--json goes with --check")
    if read.data is not None and not read.data.is_dir():
        grammar.error(f"--data: {read.data} is no folder")
    if read.port is not None and not 1 <= read.port <= 65535:
        grammar.error("--port: expected a number from 1 to 65535")
    return Options(data=read.data, port=read.port, demo=read.demo, check=read.check, json=read.json)


def prepare(words: list[str]) -> None:
    """Point the settings at the data folder. A check gets a new one unless GAVEL_VAR names it.

    The keys are made here: beside a database server the settings make none, but this is one machine.
    """
    options = parse(words)
    if options.check and not env.given({"GAVEL_VAR": "", "DATABASE_URL": ""}):
        os.environ["GAVEL_VAR"] = os.environ[SCRATCH] = tempfile.mkdtemp(prefix="gavel-check-")
    var = env.path("GAVEL_VAR", PROJECT / "var")
    keys.secret_key(var, may_create=True)
    keys.permit_keys(var, may_create=True)


def scratch_folder() -> Path | None:
    """The folder made for this check only, which goes when the check has passed."""
    made = os.environ.get(SCRATCH)
    return Path(made) if made else None
