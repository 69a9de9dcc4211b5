"""`manage.py run tensorboard RUN --out DIR --as NAME`: what one may do with a run, from a shell."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance.models import User
from modeling.models import TrainingRun
from modeling.selectors import run_by_uid
from modeling.selectors.tracking import event_name, events_of


class Command(BaseCommand):
    help = "Write the curves of a run as a TensorBoard event file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="actor", required=True, help="username in whose name this is done")
        verbs = parser.add_subparsers(dest="verb", required=True)
        board = verbs.add_parser("tensorboard", help="write an event file that TensorBoard opens")
        board.add_argument("run", help="uid of the run")
        board.add_argument("--out", required=True, help="folder of all runs; each gets one of its own in it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for nobody, a run this person may not see, a folder that cannot be written."""
        actor = User.objects.filter(username=options["actor"], is_active=True).first()
        run = run_by_uid(actor, options["run"]) if actor is not None else None
        if run is None:
            raise CommandError(_("This does not exist, or you may not see it."))
        try:
            self.stdout.write(str(_written(run, Path(options["out"]))))
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error


def _written(run: TrainingRun, folder: Path) -> Path:
    """Where the file was written; it is there whole or not at all. Raises OSError."""
    target = folder / run.uid / event_name(run)
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving = target.with_name(f".{target.name}")
    with arriving.open("wb") as out:
        out.writelines(events_of(run))
    return arriving.replace(target)
