"""`manage.py loaddata` is refused: rows written past the actions have no ledger entry (house: promise 3)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _


class Command(BaseCommand):
    help = "Refused. Import through the console or the API, or restore a backup of the whole database."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("files", nargs="*")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError, always."""
        raise CommandError(
            _(
                "Nothing was loaded: rows written past the actions would have no entry in the ledger. Import"
                " through the console or the API, or restore a backup of the whole database."
            )
        )
