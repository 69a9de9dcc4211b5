"""Where a backbone lies: a folder below the one set for backbones, or none (a package, the local cache)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from modeling.choices import BackboneKind
from modeling.models import Backbone


@dataclass(frozen=True, slots=True)
class Place:
    """The name the engine looks a backbone up by, and its folder where it has one below the root."""

    name: str
    folder: Path | None


def root() -> Path:
    """The one folder below which local backbones lie."""
    folder: Path = settings.GAVEL_BACKBONES
    return folder.resolve()


def place_of(backbone: Backbone) -> Place:
    """A hub id is looked for below the root first, as `organisation/name`, then in the local cache."""
    if backbone.kind == BackboneKind.FOLDER:
        return Place(backbone.name, Path(backbone.place))
    below = root() / backbone.place
    if backbone.kind == BackboneKind.HUB and (below / "config.json").is_file():
        return Place(backbone.place, below)
    return Place(backbone.place, None)
