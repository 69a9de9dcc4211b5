"""A Spark to work on: one that is active, a local one, or a cluster's."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from governance.validation.errors import EngineError, invalid

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

PACKAGE = Path(__file__).resolve().parent.parent
LOCAL = "local[*]"
_PYTHON = "PYSPARK_PYTHON"

_START = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={PACKAGE.as_uri()}/spark/log4j2.properties",
    # One Python worker fills one core by itself.
    "spark.executorEnv.POLARS_MAX_THREADS": "1",
    "spark.executorEnv.OMP_NUM_THREADS": "1",
}
_START_LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}
_QUERIES = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.caseSensitive": "true",
    # A sum that overflows breaks the query instead of wrapping round.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}
FEW_ROWS = 200_000
_QUERIES_FEW_ROWS = {
    # Compiling and replanning a query costs more than running it over so few rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
}


def check_installed() -> None:
    """Raise `usage` with what to install where Spark cannot run here."""
    if any(find_spec(name) is None for name in ("pyspark", "ibis", "pyarrow")):
        raise _cannot(
            "Spark needs the packages of requirements-spark.txt: pip install -r requirements-spark.txt.",
            "使用 Spark 需安装 requirements-spark.txt 中的软件包：pip install -r requirements-spark.txt。",
        )
    home = os.environ.get("JAVA_HOME", "")
    if shutil.which("java") is None and not (home and Path(home, "bin", "java").exists()):
        raise _cannot(
            "Spark needs Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless).",
            "使用 Spark 需要 Java 17 或更高版本（Debian：apt-get install openjdk-17-jre-headless）。",
        )


@contextmanager
def spark_session(master: str, rows: int = 0) -> Iterator[SparkSession]:
    """A session with settings and views of its own, for a table of so many rows.

    A Spark that is running in this process already is used and left alone.
    """
    from pyspark import SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    check_installed()
    logging.getLogger("py4j").setLevel(logging.ERROR)  # it tells of every connection it closes
    # There is no public way to ask: getActiveSession is about the calling thread only.
    running = SparkContext._active_spark_context is not None
    try:
        base = SparkSession.builder.getOrCreate() if running else _started(master)
        session = base.newSession()
    except (PySparkException, OSError) as error:
        raise _unreachable(error) from error
    except Exception as error:
        if type(error).__module__.startswith("py4j"):
            raise _unreachable(error) from error
        raise
    try:
        for name, value in _settings(session.sparkContext, rows).items():
            session.conf.set(name, value)
        ship(session.sparkContext)
        yield session
    finally:
        if not running:
            base.stop()


def _started(master: str) -> SparkSession:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(master or LOCAL).appName("gavel")
    for name, value in (_START | _START_LOCAL if is_local(master) else _START).items():
        builder = builder.config(name, value)
    if not is_local(master):
        return builder.getOrCreate()
    with _workers_run(sys.executable):
        return builder.getOrCreate()


@contextmanager
def _workers_run(python: str) -> Iterator[None]:
    """The Python of local workers is this one: Spark asks the environment once, while it starts."""
    before = os.environ.get(_PYTHON)
    os.environ[_PYTHON] = before or python
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PYTHON]


def _settings(context: SparkContext, rows: int) -> dict[str, str]:
    if few(rows):
        return {**_QUERIES, **_QUERIES_FEW_ROWS, "spark.sql.shuffle.partitions": "1"}
    if is_local(str(context.master)):  # a cluster keeps its own number
        return {**_QUERIES, "spark.sql.shuffle.partitions": str(context.defaultParallelism)}
    return _QUERIES


def few(rows: int) -> bool:
    """Whether it pays to keep queries simple."""
    return rows <= FEW_ROWS


def is_local(master: str) -> bool:
    """Whether Spark runs in this very process."""
    return (master or LOCAL).startswith("local")


def ship(context: SparkContext) -> None:
    """Give the executors this package, whatever is installed there."""
    from pyspark import SparkFiles

    folder = Path(SparkFiles.getRootDirectory()) / "gavel"
    before = set(folder.glob("*")) if folder.exists() else set()
    shipped = archive(folder)
    if shipped not in before:
        context.addPyFile(str(shipped))


def archive(folder: Path) -> Path:
    """This package as a zip below the folder, named after what is in it."""
    files = sorted(file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    path = folder / f"gavel-validation-{digest[:16]}.zip"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr("governance/__init__.py", "")
            for file in files:
                target.write(file, f"governance/validation/{file.relative_to(PACKAGE).as_posix()}")
    return path


def _cannot(message_en: str, message_zh: str, detail: str | None = None) -> EngineError:
    return invalid(message_en, message_zh, detail, code="usage")


def _unreachable(error: Exception) -> EngineError:
    """Why is told by its kind alone: the library's sentence may quote hosts and paths."""
    return _cannot("Spark could not be started or reached.", "无法启动或连接 Spark。", type(error).__name__)
