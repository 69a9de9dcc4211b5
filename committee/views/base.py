"""What every page of the committee starts with."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse

from committee import selectors
from committee.models import Case
from governance.models import Permit, User


def person(request: HttpRequest) -> User:
    """The signed-in user; `login_required` stands before every page."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def renewal_url(user: User, permit: Permit) -> str:
    """Where a permit that ends soon is asked for again; "" where that is not offered."""
    if not selectors.renewal_offered(user, permit):
        return ""
    about = {"kind": permit.subject_kind, "id": permit.subject_id, "action": "recertify", "of": permit.uid}
    return f"{reverse('committee:case_new')}?{urlencode(about)}"


def case_of(request: HttpRequest, uid: str) -> Case:
    """A case the reader may see. Raises Http404."""
    case = selectors.case_by_uid(person(request), uid)
    if case is None:
        raise Http404
    return case
