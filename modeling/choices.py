"""Closed lists of words of the modeling room."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BackboneKind(models.TextChoices):
    PACKAGE = "package", _("Shipped package")
    FOLDER = "folder", _("Local folder")
    HUB = "hub", _("Hub id in the local cache")


class DataRole(models.TextChoices):
    TRAIN = "train", _("Training rows")
    VALID = "valid", _("Validation rows")
    TEST = "test", _("Test rows")


class ModelState(models.TextChoices):
    REGISTERED = "registered", pgettext_lazy("model", "Registered")
    PROMOTED = "promoted", pgettext_lazy("model", "Promoted")
    QUARANTINED = "quarantined", pgettext_lazy("model", "Quarantined")


class GapKind(models.TextChoices):
    """What a metric was where it was no finite number."""

    NAN = "nan", "NaN"
    UP = "up", "∞"
    DOWN = "down", "-∞"


MODEL_TONES = {"registered": "info", "promoted": "ok", "quarantined": "bad"}

MODEL_TRANSITIONS: dict[str, frozenset[str]] = {
    ModelState.REGISTERED: frozenset({ModelState.PROMOTED, ModelState.QUARANTINED}),
    ModelState.PROMOTED: frozenset({ModelState.QUARANTINED}),
    ModelState.QUARANTINED: frozenset(),
}
