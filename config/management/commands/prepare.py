"""`manage.py prepare`: database, texts and static files up to date; for installations without quickstart."""

from typing import Any

from django.core.management.base import BaseCommand

from config.supervision.founding import first_start
from config.supervision.preparation import prepare_installation


class Command(BaseCommand):
    help = "Bring database, texts and static files up to date, and make the first administrator."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_installation(self.stdout.write)
        first_start(demo=False, say=self.stdout.write)
