"""`manage.py ledger verify [--json]`: recompute the chain and compare every sealed row with its entry."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from governance import ledger


class Command(BaseCommand):
    help = "Recompute the ledger's chain. Exit 0 where it holds, 1 where it does not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["verify"])
        parser.add_argument("--json", action="store_true", help="print the verdict as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the verdict. Raises SystemExit(1) where the ledger does not hold."""
        verdict = ledger.verify()
        self.stdout.write(_as_json(verdict) if options["json"] else _as_words(verdict))
        if not verdict.ok:
            raise SystemExit(1)


def _as_json(verdict: ledger.LedgerVerdict) -> str:
    faults = [{"place": fault.place, "code": fault.code} for fault in verdict.faults]
    return json.dumps({"ok": verdict.ok, "entries": verdict.entries, "head": verdict.head, "faults": faults})


def _as_words(verdict: ledger.LedgerVerdict) -> str:
    if verdict.ok:
        words = _("The ledger holds: %(entries)s entries recomputed. Head %(head)s.")
        return words % {"entries": verdict.entries, "head": verdict.head}
    lines = [_("The ledger does not hold after entry %(entries)s.") % {"entries": verdict.entries}]
    return "\n".join([*lines, *(f"  {fault.place}: {fault.code}" for fault in verdict.faults)])
