#!/usr/bin/env python
"""Gavel's command line. The engines' commands run before Django is imported: no settings, no database."""

import os
import sys
from importlib import import_module

ENGINES = {
    ("tally",): "committee.engine.cli:main",
    ("validate",): "governance.validation.cli:main_validate",
    ("standard", "export"): "governance.validation.cli:main_standard",
    ("standard", "lint"): "governance.validation.cli:main_standard",
    ("standard", "suggest"): "governance.validation.suggesting.cli:main_suggest",
    ("clean",): "catalog.processing.cli:main_clean",
}
"""First words of the command line -> module:function, called with the words after the command's name."""


def main(words: list[str]) -> int:
    for names, target in ENGINES.items():
        if tuple(words[: len(names)]) == names:
            module, function = target.split(":")
            return int(getattr(import_module(module), function)(words[1:]) or 0)
    from config.env import BadEnvironment  # only here: the engines' commands above need nothing of config

    try:
        django_command(words)
    except BadEnvironment as problem:
        sys.stderr.write(f"gavel: {problem}\n")
        return 2
    return 0


def django_command(words: list[str]) -> None:
    """Any other command, in Django. The quickstart's data folder is settled before the settings are read."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if words[:1] == ["quickstart"]:
        import_module("config.supervision.options").prepare(words[1:])
    import_module("django.core.management").execute_from_command_line(["manage.py", *words])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
