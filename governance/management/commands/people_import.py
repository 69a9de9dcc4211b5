"""`manage.py people_import FILE --as USER [--dry-run]`: a file of people, by the same action as the page."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance import actions
from governance.exceptions import DomainError
from governance.models import User
from governance.people_file import MOST_BYTES
from governance.selectors.people_import import UNCHANGED, ImportPlan


class Command(BaseCommand):
    help = "Import departments, teams, people and memberships from a CSV file, all rows or none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="actor", required=True, help="username in whose name this is done")
        parser.add_argument("--dry-run", action="store_true", help="only say what each row would do")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with the words of a refusal; nothing is changed then."""
        actor = User.objects.filter(username=options["actor"]).first()
        if actor is None:
            raise CommandError(_("Nobody is called “%(name)s”.") % {"name": options["actor"]})
        content = _content(options["file"])
        try:
            plan = actions.people_import_check(actor=actor, content=content)
            self._print(plan)
            if not options["dry_run"]:
                actions.people_import(actor=actor, content=content, digest=plan.digest)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error

    def _print(self, plan: ImportPlan) -> None:
        for step in plan.steps:
            if step.outcome != UNCHANGED:
                told = f"{step.code} {step.text}".strip() or step.fields
                self.stdout.write(f"{step.line}\t{step.outcome}\t{step.kind}\t{step.name}\t{told}".rstrip())
        words = _(
            "%(create)s to create, %(update)s to change, %(unchanged)s unchanged, %(error)s with an error."
        )
        self.stdout.write(words % plan.counts)


def _content(path: Path) -> bytes:
    """The bytes, at most one more than is allowed."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(_("The file cannot be read: %(reason)s.") % {"reason": error.strerror}) from error
