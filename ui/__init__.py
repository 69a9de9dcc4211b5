"""Rendering toolkit: marks, blocks, drawings, tables, charts. Knows no domain, no URL name and no model."""
