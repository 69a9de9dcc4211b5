"""Pages of governance. Fetch, context, render."""

from governance.views.base import person

__all__ = ["person"]
