"""What a process loads: the web no data or training library, an engine no framework and no settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.architecture.source import ENGINES, ROOT

HEAVY = {"torch", "transformers", "peft", "sklearn", "pandas", "polars", "pandera", "deltalake", "duckdb"}
FRAMEWORK = {"django", "rest_framework", "celery", "config"}
REPORT = "import json, sys; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"


def loaded_by(code: str, *, settings: str | None) -> set[str]:
    """Top-level packages in memory after `code` in a fresh interpreter."""
    kept = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment = kept | ({"DJANGO_SETTINGS_MODULE": settings} if settings else {})
    words = [sys.executable, "-c", f"{code}\n{REPORT}"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_web_process_loads_no_heavy_library() -> None:
    code = "from config.wsgi import application; import config.urls; from django.urls import get_resolver"
    assert loaded_by(f"{code}; get_resolver().url_patterns", settings="config.settings_test") & HEAVY == set()


def test_a_worker_starts_without_training_libraries() -> None:
    code = "from config.celery import app; import django; django.setup(); app.loader.import_default_modules()"
    assert (
        loaded_by(code, settings="config.settings_test") & {"torch", "transformers", "peft", "pandas"}
        == set()
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_needs_no_framework_and_no_settings(engine: str) -> None:
    code = f"""
import importlib, pkgutil
package = importlib.import_module({engine!r})
for found in pkgutil.walk_packages(package.__path__, {engine!r} + "."):
    importlib.import_module(found.name)
"""
    assert loaded_by(code, settings=None) & FRAMEWORK == set()


@pytest.mark.parametrize("words", [["tally", "--help"], ["validate", "--help"], ["clean", "--help"]])
def test_engine_commands_run_without_settings(words: list[str]) -> None:
    code = f"""
import runpy, sys
sys.argv = ["manage.py", *{words!r}]
try:
    runpy.run_path("manage.py", run_name="__main__")
except SystemExit as end:
    assert not end.code, end.code
"""
    assert loaded_by(code, settings=None) & FRAMEWORK == set()
