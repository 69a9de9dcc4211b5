"""`manage.py watchdog [--json]`: what is stuck. Exit 0 where nothing is, 1 where something is."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from committee import selectors


class Command(BaseCommand):
    help = "List what the clock should have done by now. Exit 0 where nothing is stuck, 1 where something is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the list as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each thing that is stuck. Raises SystemExit(1) where there is one."""
        found = selectors.watchdog()
        if options["json"]:
            self.stdout.write(json.dumps([selectors.stuck_dict(row) for row in found]))
        else:
            for row in found:
                self.stdout.write(f"{row.since.isoformat(timespec='minutes')} {row.label}: {row.what}")
        if found:
            raise SystemExit(1)
