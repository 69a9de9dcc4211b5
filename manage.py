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
    ("clean",): "catalog.processing.cli:main_clean",
}
"""First words of the command line -> module:function, called with the words after the command's name."""


def main(words: list[str]) -> int:
    for names, target in ENGINES.items():
        if tuple(words[: len(names)]) == names:
            module, function = target.split(":")
            return int(getattr(import_module(module), function)(words[1:]) or 0)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if words[:1] == ["quickstart"]:
        import_module("config.supervision.options").prepare(words[1:])
    import_module("django.core.management").execute_from_command_line(["manage.py", *words])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
