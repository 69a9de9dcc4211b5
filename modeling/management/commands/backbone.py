"""`manage.py backbone register|check|list … --as NAME`: backbones by the actions of the pages."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from governance.choices import JobState
from governance.exceptions import DomainError
from governance.models import User
from modeling import actions
from modeling.choices import BackboneKind
from modeling.models import Backbone, BackboneCheck
from modeling.reasons import reason_words

PAUSE_SECONDS = 0.2


class Command(BaseCommand):
    help = "Register a backbone, have its files checked again, or list backbones, as a named person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="actor", required=True, help="username in whose name this is done")
        parser.add_argument("--seconds", type=int, default=600, help="how long to wait for the check")
        verbs = parser.add_subparsers(dest="verb", required=True)
        register = verbs.add_parser("register", help="record a pretrained model and have its files checked")
        register.add_argument("name")
        register.add_argument("--kind", choices=BackboneKind.values, default=BackboneKind.FOLDER)
        register.add_argument("--place", required=True, help="folder below the root, hub id or package")
        register.add_argument("--licence", required=True, help="SPDX identifier")
        register.add_argument("--languages", default="", help="codes with commas between")
        check = verbs.add_parser("check", help="look at the files again")
        check.add_argument("name")
        verbs.add_parser("list", help="name, state, architecture, parameters and licence of each")

    def handle(self, *args: Any, **options: Any) -> None:
        """Waits for the check, which a worker takes. Raises CommandError with the words of a refusal."""
        actor = User.objects.filter(username=options["actor"]).first()
        if actor is None:
            raise CommandError(_("Nobody is called “%(name)s”.") % {"name": options["actor"]})
        try:
            if options["verb"] == "register":
                self._settle(self._register(actor, options), options["seconds"])
            elif options["verb"] == "check":
                check = actions.backbone_check(actor=actor, backbone=_named(options["name"]))
                self._settle(check, options["seconds"])
            else:
                self._list(actor)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error

    def _register(self, actor: User, options: dict[str, Any]) -> BackboneCheck:
        row = actions.backbone_register(
            actor=actor,
            name=options["name"],
            kind=options["kind"],
            place=options["place"],
            licence=options["licence"],
            languages=[code.strip() for code in options["languages"].split(",") if code.strip()],
        )
        return row.checks.order_by("-id")[:1].get()

    def _settle(self, check: BackboneCheck, seconds: int) -> None:
        end = time.monotonic() + seconds
        while not check.is_over:
            if time.monotonic() > end:
                raise CommandError(_("No worker has finished the check yet; it goes on by itself."))
            time.sleep(PAUSE_SECONDS)
            check.refresh_from_db()
        if check.state != JobState.SUCCEEDED:
            reason = reason_words(check.reason, check.reason_detail)
            raise CommandError(f"{check.reason}: {reason.text if reason else ''}")
        row = Backbone.objects.get(pk=check.backbone_id)
        self.stdout.write(f"{row.name} {row.digest}")

    def _list(self, actor: User) -> None:
        for row in Backbone.objects.visible_to(actor):
            figures = [row.name, row.state, row.architecture or "-", str(row.parameters), row.licence]
            self.stdout.write("\t".join([*figures, row.reason]).rstrip())


def _named(name: str) -> Backbone:
    found: Backbone | None = Backbone.objects.filter(name=name).first()
    if found is None:
        raise CommandError(_("No backbone is called “%(name)s”.") % {"name": name})
    return found
