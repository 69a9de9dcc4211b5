"""The engine's input of a case over the API."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import selectors
from committee.api.views import case_of


class Input(APIView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, uid: str) -> Response:
        """The case as the engine reads it, for `manage.py tally`; `case_sealed` while ballots are sealed."""
        return Response(selectors.case_input(case_of(request, uid)))
