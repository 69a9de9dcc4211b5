"""What the pages share: the signed-in person, and how a refusal is shown."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest

from governance.exceptions import DomainError
from governance.models import User


def person(request: HttpRequest) -> User:
    """The signed-in user; `login_required` stands before every page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def refused(request: HttpRequest, error: DomainError) -> None:
    """Show a refusal: what happened and what to do next."""
    messages.error(request, f"{error.text} {error.next_step}")
