"""What a run is asked to read: a version in a role. Shared by pages, API and services."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.models import DatasetVersion


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A version in a role; `where` keeps the rows whose column equals a value."""

    role: str
    version: DatasetVersion
    where: tuple[str, str] | None = None
