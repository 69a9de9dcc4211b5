"""`manage.py person create|deactivate|token … --as NAME`: the actions on people, from a shell.

A command is no side door: it acts as the named person or service account, by the same action as the pages.
"""

from __future__ import annotations

import datetime as dt
import getpass
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from governance import actions
from governance.choices import UserKind
from governance.exceptions import DomainError
from governance.models import Department, User


class Command(BaseCommand):
    help = "Create or deactivate a person or service account, or issue a token, as a named person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as", dest="actor", required=True, help="username in whose name this is done")
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = verbs.add_parser("create", help="add a person or service account")
        create.add_argument("username")
        create.add_argument("--name", required=True)
        create.add_argument("--name-zh", default="")
        create.add_argument("--email", default="")
        create.add_argument("--department", default="", help="code of the department")
        create.add_argument("--kind", choices=UserKind.values, default=UserKind.PERSON)
        create.add_argument("--password", action="store_true", help="ask for a password to sign in with")
        deactivate = verbs.add_parser("deactivate", help="let a leaver go: no sign-in, no token, no team")
        deactivate.add_argument("username")
        token = verbs.add_parser("token", help="issue a token and print it once")
        token.add_argument("username")
        token.add_argument("--label", required=True)
        token.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with the words of a refusal; nothing is changed then."""
        actor = _user(options["actor"])
        verbs = {"create": self._create, "deactivate": self._deactivate, "token": self._token}
        try:
            verbs[options["verb"]](actor, options)
        except DomainError as error:
            raise CommandError(f"{error.code}: {error}") from error

    def _create(self, actor: User, options: dict[str, Any]) -> None:
        department = Department.objects.filter(code=options["department"]).first()
        if options["department"] and department is None:
            raise CommandError(_("No department has the code “%(code)s”.") % {"code": options["department"]})
        user = actions.person_create(
            actor=actor,
            username=options["username"],
            name=options["name"],
            name_zh=options["name_zh"],
            email=options["email"],
            department=department,
            kind=options["kind"],
            password=_password() if options["password"] else None,
        )
        self.stdout.write(_("%(name)s was added.") % {"name": user.username})

    def _deactivate(self, actor: User, options: dict[str, Any]) -> None:
        user = _user(options["username"])
        actions.person_deactivate(actor=actor, user=user)
        self.stdout.write(_("%(name)s can no longer sign in; tokens are revoked.") % {"name": user.username})

    def _token(self, actor: User, options: dict[str, Any]) -> None:
        if not 1 <= options["days"] <= 365:
            raise CommandError(_("A token is valid for 1 to 365 days."))
        expires = timezone.now() + dt.timedelta(days=options["days"])
        user = _user(options["username"])
        _row, text = actions.token_issue(actor=actor, user=user, label=options["label"], expires_at=expires)
        self.stdout.write(text)


def _user(username: str) -> User:
    found = User.objects.filter(username=username).first()
    if found is None:
        raise CommandError(_("Nobody is called “%(name)s”.") % {"name": username})
    return found


def _password() -> str:
    """Ask twice, without showing it; what is too easily guessed is refused as on the pages."""
    first, second = getpass.getpass(_("Password: ")), getpass.getpass(_("Once more: "))
    if first != second:
        raise CommandError(_("The two passwords differ. Nothing was changed."))
    try:
        validate_password(first)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    return first
