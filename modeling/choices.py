"""Closed lists of words of the modeling room."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class BackboneKind(models.TextChoices):
    PACKAGE = "package", _("Shipped package")
    FOLDER = "folder", _("Local folder")
    HUB = "hub", _("Hub id in the local cache")


class BackboneState(models.TextChoices):
    UNCHECKED = "unchecked", pgettext_lazy("backbone", "Not checked yet")
    CHECKED = "checked", pgettext_lazy("backbone", "Checked")
    REFUSED = "refused", pgettext_lazy("backbone", "Refused")


BACKBONE_TONES = {"unchecked": "idle", "checked": "ok", "refused": "bad"}

BACKBONE_TRANSITIONS: dict[str, frozenset[str]] = {
    BackboneState.UNCHECKED: frozenset({BackboneState.CHECKED, BackboneState.REFUSED}),
    BackboneState.CHECKED: frozenset({BackboneState.CHECKED, BackboneState.REFUSED}),
    BackboneState.REFUSED: frozenset({BackboneState.CHECKED, BackboneState.REFUSED}),
}


class Verdict(models.TextChoices):
    """How well a tokenizer reads a text."""

    FITS = "fits", _("Reads it")
    WARNING = "warning", _("Loses some of it")
    BLOCKED = "blocked", _("Cannot read it")
    UNKNOWN = "unknown", _("Not measured")


VERDICT_TONES = {"fits": "ok", "warning": "warn", "blocked": "bad", "unknown": "idle"}


class DataRole(models.TextChoices):
    TRAIN = "train", _("Training rows")
    VALID = "valid", _("Validation rows")
    TEST = "test", _("Test rows")


class Priority(models.IntegerChoices):
    LOW = -1, pgettext_lazy("priority", "Low")
    NORMAL = 0, pgettext_lazy("priority", "Normal")
    HIGH = 1, pgettext_lazy("priority", "High")


class DeviceKind(models.TextChoices):
    CPU = "cpu", "CPU"
    CUDA = "cuda", "GPU"


class SweepState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("sweep", "Searching")
    FINISHED = "finished", pgettext_lazy("sweep", "Finished")
    STOPPED = "stopped", pgettext_lazy("sweep", "Stopped")


SWEEP_TONES = {"running": "info", "finished": "ok", "stopped": "idle"}

SWEEP_TRANSITIONS: dict[str, frozenset[str]] = {
    SweepState.RUNNING: frozenset({SweepState.FINISHED, SweepState.STOPPED}),
    SweepState.FINISHED: frozenset(),
    SweepState.STOPPED: frozenset(),
}


class ModelState(models.TextChoices):
    REGISTERED = "registered", pgettext_lazy("model", "Registered")
    PROMOTED = "promoted", pgettext_lazy("model", "Promoted")
    QUARANTINED = "quarantined", pgettext_lazy("model", "Quarantined")


class AlertKind(models.TextChoices):
    """When a person is told of a run."""

    BELOW = "below", _("A metric falls below a value")
    ABOVE = "above", _("A metric rises above a value")
    BROKEN = "broken", _("A metric is no finite number")
    SILENT = "silent", _("Nothing is heard of the run")
    ENDED = "ended", _("The run ends")


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
