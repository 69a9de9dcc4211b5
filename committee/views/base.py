"""What every page of the committee starts with."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from committee import selectors
from committee.models import Case
from governance.models import User


def person(request: HttpRequest) -> User:
    """The signed-in user; `login_required` stands before every page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def case_of(request: HttpRequest, uid: str) -> Case:
    """A case the reader may see. Raises Http404."""
    case = selectors.case_by_uid(person(request), uid)
    if case is None:
        raise Http404
    return case
