"""Cursor pagination of every API list: stable under inserts, cost independent of depth."""

from __future__ import annotations

from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """50 rows a page, up to 200 by `page_size`; newest first unless the view orders otherwise."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = "-id"
