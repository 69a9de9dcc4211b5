"""`manage.py run --as NAME tensorboard RUN --out DIR | reproduce DECISION`: what one may do with a run, from
a shell."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance.choices import JobState
from governance.exceptions import DomainError
from governance.models import User
from modeling import actions
from modeling.models import TrainingRun
from modeling.selectors import run_by_uid
from modeling.selectors.reproduction import Compared, compare, runs_of_decision
from modeling.selectors.tracking import event_name, events_of

SAME, DIFFERENT, NOT_DONE = 0, 1, 2
LOOK_SECONDS = 2.0


class Command(BaseCommand):
    help = "Write the curves of a run as a TensorBoard event file, or train again what a decision allowed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="actor", required=True, help="username in whose name this is done")
        verbs = parser.add_subparsers(dest="verb", required=True)
        board = verbs.add_parser("tensorboard", help="write an event file that TensorBoard opens")
        board.add_argument("run", help="uid of the run")
        board.add_argument("--out", required=True, help="folder of all runs; each gets one of its own in it")
        again = verbs.add_parser("reproduce", help="train again what a decision allowed, compare the weights")
        again.add_argument("decision", help="uid of the decision")
        again.add_argument("--run", default="", help="only this run of it")
        again.add_argument("--seconds", type=float, default=24 * 3600.0, help="wait no longer for each run")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError for nobody, what this person may not see, a folder that cannot be written, a
        run that is refused or fails (exit status 2), and weights that differ (exit status 1).
        """
        actor = User.objects.filter(username=options["actor"], is_active=True).first()
        if actor is None:
            raise _unseen()
        if options["verb"] == "reproduce":
            self._reproduce(actor, options["decision"], options["run"], options["seconds"])
        else:
            self._tensorboard(actor, options["run"], Path(options["out"]))

    def _tensorboard(self, actor: User, uid: str, folder: Path) -> None:
        run = run_by_uid(actor, uid)
        if run is None:
            raise _unseen()
        try:
            self.stdout.write(str(_written(run, folder)))
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error

    def _reproduce(self, actor: User, decision: str, only: str, seconds: float) -> None:
        found = [run for run in runs_of_decision(actor, decision) if only in ("", run.uid)]
        if not found:
            raise CommandError(
                _("No finished run that you may see was allowed by this decision."), returncode=NOT_DONE
            )
        results = [self._again(actor, run, seconds) for run in found]
        if not all(result.same for result in results):
            raise CommandError(_("The weights are not the same."), returncode=DIFFERENT)

    def _again(self, actor: User, first: TrainingRun, seconds: float) -> Compared:
        try:
            run = actions.run_reproduce(actor=actor, run=first)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error.text}", returncode=NOT_DONE) from error
        _carried_out(actor, run, seconds)
        if run.state != JobState.SUCCEEDED:
            raise CommandError(f"{run.uid}: {run.state} {run.reason}".rstrip(), returncode=NOT_DONE)
        result = compare(first, run)
        self._tell(result)
        return result

    def _tell(self, result: Compared) -> None:
        then, now = result.weights
        verdict = _("the same weights") if result.same else _("other weights")
        self.stdout.write(f"{result.first.uid} → {result.again.uid}: {verdict}")
        self.stdout.write(f"  sha256 {then}" if result.same else f"  sha256 {then}\n      != {now}")
        for name, was, new in result.changed:
            self.stdout.write(f"  {name}: {was} → {new}")


def _carried_out(actor: User, run: TrainingRun, seconds: float) -> None:
    """To its end by this process, unless a worker is faster: a run is claimed once, whoever asks."""
    until = time.monotonic() + seconds
    actions.run_here(actor=actor, run=run)
    run.refresh_from_db()
    while not run.is_over and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        actions.run_here(actor=actor, run=run)
        run.refresh_from_db()


def _unseen() -> CommandError:
    return CommandError(_("This does not exist, or you may not see it."))


def _written(run: TrainingRun, folder: Path) -> Path:
    """Where the file was written; it is there whole or not at all. Raises OSError."""
    target = folder / run.uid / event_name(run)
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving = target.with_name(f".{target.name}")
    with arriving.open("wb") as out:
        out.writelines(events_of(run))
    return arriving.replace(target)
