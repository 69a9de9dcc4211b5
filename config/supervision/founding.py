"""The first start of an installation: somebody who can sign in, and the demo company unless unwanted."""

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Final

from django.core.management import call_command
from django.utils import timezone

from governance.actions import first_person_create, token_issue
from governance.choices import UserKind
from governance.models import User

ADMINISTRATOR: Final = "admin"
PASSWORD_BYTES: Final = 12
TOKEN_LIFE: Final = dt.timedelta(hours=2)


def first_start(*, demo: bool, say: Callable[[str], None]) -> bool:
    """True where this was the first start. Nothing is made where people exist already.

    The password is shown this once and stored nowhere in clear.
    """
    if User.objects.filter(kind=UserKind.PERSON).exists():
        return False
    password = first_administrator()
    who = ADMINISTRATOR
    if demo:
        say("loading the demo company")
        call_command("demo", company_only=True, password=password)
        who = f"{ADMINISTRATOR}, or as any person of the demo company,"
    say(f"sign in as {who} with the password {password}   (shown only now)")
    return True


def first_administrator() -> str:
    """Make the first person, a member of the governance office; returns the generated password."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    first_person_create(actor=None, username=ADMINISTRATOR, name="Administrator", password=password)
    return password


def check_tokens() -> dict[str, str]:
    """User name -> a short-lived API token each issues to themselves: the check acts as several people."""
    expires = timezone.now() + TOKEN_LIFE
    people = User.objects.filter(kind=UserKind.PERSON, is_active=True)
    return {
        person.username: token_issue(
            actor=person, user=person, label="quickstart --check", expires_at=expires
        )[1]
        for person in people
    }
