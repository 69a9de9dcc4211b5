"""Filters of API lists that ignore nothing: a misspelt filter would answer with everything."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError

PAGING: Final = frozenset({"cursor", "page_size", "format"})


class StrictFilterBackend(DjangoFilterBackend):  # type: ignore[misc]
    """Refuses query parameters a list does not know; `query_extra` of a view names those it reads itself."""

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        """Raises ValidationError naming each unknown parameter."""
        filterset = self.get_filterset(request, queryset, view)
        known = PAGING | set(getattr(view, "query_extra", ())) | set(filterset.filters if filterset else ())
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise ValidationError({name: [_("unknown")] for name in unknown})
        return super().filter_queryset(request, queryset, view)
