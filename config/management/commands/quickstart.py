"""`manage.py quickstart`: prepare this machine's installation, run and supervise it, or check it and stop."""

import argparse
import shutil
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import env
from config.check.session import CheckSession
from config.supervision import folder, founding, ports, preparation, programs
from config.supervision.console import say
from config.supervision.demonstration import DemoSession
from config.supervision.options import Options, parse, scratch_folder
from config.supervision.supervisor import StartFailed, Supervisor

REPLACED = {"DATABASE_URL": "the embedded SQLite database", "REDIS_URL": "the embedded broker"}


class Command(BaseCommand):
    help = "Set up Gavel and run it on this machine until it is stopped."
    requires_system_checks: list[str] = []  # checks would import what only the started programs need

    def add_arguments(self, grammar: argparse.ArgumentParser) -> None:
        grammar.add_argument("words", nargs=argparse.REMAINDER)

    def run_from_argv(self, argv: list[str]) -> None:
        """Our own grammar: Django's common options do not apply to a supervisor."""
        options = parse(argv[2:])
        try:
            code = self.check_system(options) if options.check else self.serve(options)
        except (CommandError, env.BadEnvironment, *REFUSALS) as problem:
            sys.stderr.write(f"gavel: {problem}\n")
            code = 1
        sys.exit(code)

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("run it from the command line: ./quickstart")

    def serve(self, options: Options) -> int:
        """Until Ctrl-C or SIGTERM."""
        with folder.claim(settings.GAVEL_VAR):
            port, first = self.set_up(options)
            demo = DemoSession(settings.GAVEL_VAR, options.data)

            def ready() -> None:
                say(f"ready: http://{ports.HOST}:{port}/   (Ctrl-C stops everything)")
                if options.demo and (first or options.data):
                    demo.begin(say)

            try:
                self.supervisor(port).run(when_ready=ready)
            finally:
                demo.end()
        say("stopped")
        return 0

    def check_system(self, options: Options) -> int:
        """Start everything, drive the loop once from outside, stop everything."""
        with folder.claim(settings.GAVEL_VAR):
            port, _first = self.set_up(options)
            session = CheckSession(
                f"http://{ports.HOST}:{port}", founding.check_tokens(), options.json, options.data
            )
            self.supervisor(port).run(when_ready=session.begin, until=session.ended)
        code = session.verdict()
        scratch = scratch_folder()
        if scratch is not None and code == 0:
            shutil.rmtree(scratch)
        elif code:
            say(f"logs are in {settings.GAVEL_VAR / 'logs'}")
        return code

    def set_up(self, options: Options) -> tuple[int, bool]:
        """Everything before the first program; returns the port, and whether this is the first start."""
        folder.require_local(settings.GAVEL_VAR)
        for name, meaning in env.given(REPLACED).items():
            say(f"{name} is set and replaces {meaning}")
        preparation.prepare_installation(say)
        first = founding.first_start(demo=options.demo, say=say)
        return ports.choose(options.port), first

    def supervisor(self, port: int) -> Supervisor:
        embedded = not env.text("REDIS_URL", "")
        return Supervisor(programs.stages(settings.GAVEL_VAR, port, embedded_broker=embedded), say)


REFUSALS = (folder.FolderTaken, folder.FolderUnsafe, ports.PortTaken, StartFailed)
