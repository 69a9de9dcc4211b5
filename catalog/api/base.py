"""What the views of this API share: rows the asker may see, looked up by uid; people and things by name."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import generics
from rest_framework.request import Request

from governance.exceptions import InvalidInput
from governance.models import User


def actor_of(request: Request) -> User:
    """The signed-in user; the permission class stands before every view."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def seen(model: Any, user: User, uid: str, *related: str) -> Any:
    """One row of a governed model the user may see. Raises Http404."""
    row = model.objects.visible_to(user).select_related(*related).filter(uid=uid).first()
    if row is None:
        raise Http404
    return row


def named(model: Any, user: User, field: str, uid: str) -> Any:
    """One row named in a request body. Raises InvalidInput for one that does not exist for the user."""
    row = model.objects.visible_to(user).filter(uid=uid).first()
    if row is None:
        raise InvalidInput(field=field, reason=_("unknown"))
    return row


def person_named(field: str, username: str) -> User:
    """An active person or service account by username. Raises InvalidInput."""
    row = User.objects.filter(username=username, is_active=True).first()
    if row is None:
        raise InvalidInput(field=field, reason=_("unknown"))
    return row


class SeenMixin:
    """The queryset of a view: what the asker may see, with the relations its serializer reads."""

    model: Any
    related: tuple[str, ...] = ()
    lookup_field = "uid"
    request: Any

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.model.objects.none()  # type: ignore[no-any-return]
        return self.narrow(
            self.model.objects.visible_to(actor_of(self.request)).select_related(*self.related)
        )

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows


class SeenList(SeenMixin, generics.ListAPIView[Any]):
    pass


class SeenOne(SeenMixin, generics.RetrieveAPIView[Any]):
    pass
