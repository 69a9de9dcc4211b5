"""Makes our Celery application the current one wherever Django runs, so `@shared_task` finds the broker."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from config.celery import app as celery_app


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = _("Configuration")

    def ready(self) -> None:
        celery_app.set_default()
