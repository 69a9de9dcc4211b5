"""Atomic writes of the catalogue, one module per noun. What rooms above share is named here."""

from catalog.services.integrity import version_changed, version_verify
from catalog.services.lineage import lineage_edge_add

__all__ = ["lineage_edge_add", "version_changed", "version_verify"]
