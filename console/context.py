"""The frame around every page: side bar from the registry, search, the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from governance import registry
from governance.models import User

GROUPS = (
    ("home", ""),
    ("data", _("Data")),
    ("committee", _("Committee")),
    ("models", _("Models")),
    ("oversight", _("Oversight")),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the side bar as the template shows it."""

    label: Any
    url: str
    icon: str
    count: int
    current: bool
    due: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its lines."""

    label: Any
    entries: tuple[Entry, ...]


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html`; nothing is counted or listed for somebody not signed in."""
    user = request.user
    if not isinstance(user, User):
        return {}
    menu = _menu(request.path, user)
    return {
        "menu": menu,
        "inbox": _entry(menu, reverse("console:inbox")),
        "home_url": reverse("console:home"),
        "search_url": reverse("console:search"),
        "gavel_version": settings.GAVEL_VERSION,
        "person": {"name": str(user), "note": user.department or "", "url": reverse("governance:account")},
    }


def _entry(menu: list[Group], url: str) -> Entry | None:
    """The line of an address, with the count it was given once."""
    return next((entry for group in menu for entry in group.entries if entry.url == url), None)


def _menu(path: str, user: User) -> list[Group]:
    """Every registered line; the longest address that begins the path is the current one."""
    found = [(entry, reverse(entry.url_name)) for entry in registry.menu()]
    here = max((url for _entry, url in found if path.startswith(url)), key=len, default="")
    if here == "/" and path != "/":
        here = ""
    groups = []
    for word, label in GROUPS:
        entries = tuple(
            Entry(entry.label, url, entry.icon, entry.count(user) if entry.count else 0, url == here)
            for entry, url in found
            if entry.group == word
        )
        if entries:
            groups.append(Group(label, entries))
    return groups
