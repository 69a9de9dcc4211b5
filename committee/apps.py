"""Cases, ballots, meetings."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommitteeConfig(AppConfig):
    name = "committee"
    verbose_name = _("Committee")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        import_module("committee.subjects")
