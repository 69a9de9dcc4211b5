"""The lake: the only place that writes Delta and opens stored files. No Django, no settings, no clock."""

from __future__ import annotations

from catalog.lake.errors import LakeError
from catalog.lake.store import Lake, StoredFile, StoredVersion

__all__ = ["Lake", "LakeError", "StoredFile", "StoredVersion"]
