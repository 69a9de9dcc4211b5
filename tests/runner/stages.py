"""The stages of the test run. Each is one pytest call; a stage that cannot run here says why."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from tests.runner import postgres

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PARALLEL = ["-n", "2", "--dist", "loadfile"]


class CannotRun(Exception):
    """The stage needs something that is not here; the message says what."""


@dataclass(frozen=True)
class Stage:
    """`words` for pytest, run inside `surroundings`, which yields extra environment variables.

    `beside` names a stage that leaves a core free, at whose side this one runs where both are wanted; of
    several, one after the other.
    """

    name: str
    meaning: str
    words: tuple[str, ...]
    surroundings: Callable[[], AbstractContextManager[dict[str, str]]]
    beside: str = ""


@contextlib.contextmanager
def embedded() -> Iterator[dict[str, str]]:
    """SQLite, whatever DATABASE_URL says."""
    yield {"DATABASE_URL": ""}


@contextlib.contextmanager
def on_postgres() -> Iterator[dict[str, str]]:
    try:
        with postgres.server() as url:
            yield {"DATABASE_URL": url}
    except postgres.NoPostgres as problem:
        raise CannotRun(str(problem)) from problem


@contextlib.contextmanager
def with_browser() -> Iterator[dict[str, str]]:
    found = os.environ.get("GAVEL_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise CannotRun("no Chromium found (Debian: apt-get install chromium; or set GAVEL_CHROMIUM)")
    yield {"DATABASE_URL": "", "GAVEL_CHROMIUM": found}


@contextlib.contextmanager
def with_spark() -> Iterator[dict[str, str]]:
    if importlib.util.find_spec("pyspark") is None:
        raise CannotRun(
            "pyspark is not installed (requirements-spark.txt; ./run-tests does it where Java is)"
        )
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise CannotRun("no Java found (Debian: apt-get install default-jre-headless)")
    # Most queries here run once: compiling them well costs more than it brings.
    yield {"DATABASE_URL": "", "JDK_JAVA_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


STAGES = (
    Stage(
        "static",
        "types, style, contracts, sizes, texts, docs",
        ("tests/architecture",),
        embedded,
        beside="services",
    ),
    Stage(
        "sqlite",
        "everything that starts no program, on SQLite",
        ("-m", "not services and not browser and not spark", "--ignore=tests/architecture", *PARALLEL),
        embedded,
    ),
    Stage(
        "postgres",
        "every test that touches the database, on PostgreSQL",
        ("-m", "database and not services and not browser", "--ignore=tests/architecture", *PARALLEL),
        on_postgres,
    ),
    Stage("services", "real broker, workers, web, trainer and browser", ("-m", "services"), embedded),
    Stage("browser", "headless Chromium", ("-m", "browser and not services"), with_browser),
    Stage("spark", "standards on a local Spark", ("-m", "spark"), with_spark, beside="services"),
)
