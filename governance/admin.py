"""The admin pages show governance and change nothing: all that is governed passes an action (promise 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from governance.models import (
    AccessRule,
    ApiToken,
    Decision,
    Department,
    LedgerEntry,
    Membership,
    Permit,
    PermitEvent,
    PermitUse,
    Standard,
    StandardVersion,
    Team,
    User,
)

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin[models.Model]
else:
    _Admin = admin.ModelAdmin  # generic in its stubs only


class ReadOnlyAdmin(_Admin):
    """Lists and rows for who keeps the installation; no form, no action, no deletion."""

    actions = None
    hidden: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Every column but secrets and bytes."""
        return [f.name for f in self.model._meta.fields if f.name not in self.hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return self.get_fields(request, obj)


def _read_only(model: type[models.Model], columns: tuple[str, ...], hidden: tuple[str, ...] = ()) -> None:
    attributes = {"list_display": columns, "hidden": hidden}
    admin.site.register(model, type(f"{model.__name__}Admin", (ReadOnlyAdmin,), attributes))


for _model, _columns in (
    (Department, ("code", "name", "name_zh")),
    (Team, ("code", "name", "function")),
    (Membership, ("user", "team", "since", "until")),
    (Standard, ("name", "title")),
    (AccessRule, ("action", "min_level")),
    (Decision, ("resolution", "outcome", "decided_at")),
    (Permit, ("uid", "action", "purpose", "valid_from", "valid_until")),
    (PermitEvent, ("permit", "kind", "at")),
    (PermitUse, ("permit", "kind", "at", "job_kind", "code")),
    (LedgerEntry, ("seq", "at", "type", "accepted", "code")),
):
    _read_only(_model, _columns)
_read_only(User, ("username", "name", "kind", "is_active"), hidden=("password",))
_read_only(ApiToken, ("prefix", "label", "user", "expires_at", "revoked_at"), hidden=("hash",))
_read_only(StandardVersion, ("standard", "version", "status"), hidden=("document",))


def seal_others() -> None:
    """What packages registered (groups, beat's table, failed sign-ins) is shown and not changed either."""
    for model, shown in list(admin.site._registry.items()):
        if not isinstance(shown, ReadOnlyAdmin):
            admin.site.unregister(model)
            _read_only(model, ("__str__",))
