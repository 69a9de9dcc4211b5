"""The app exists so that Django finds the template tags and the translations."""

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Rendering toolkit without models."""

    name = "ui"
    label = "ui"
    verbose_name = "Rendering toolkit"
