"""The first lines of the side bar."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from governance import registry
from governance.models import Notice


def _unread(user: Any) -> int:
    return Notice.objects.visible_to(user).unread().count()


registry.register_menu(registry.MenuEntry("home", _("Home"), "console:home", "house", 1))
registry.register_menu(registry.MenuEntry("home", _("Inbox"), "console:inbox", "inbox", 2, _unread))
