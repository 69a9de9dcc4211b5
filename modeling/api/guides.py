"""The REST API of the guide: how backbones read a version. Reads are scoped, writes call actions."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import DatasetVersion
from governance.api.views import ReadOnly, caller
from governance.choices import JobState
from governance.exceptions import InvalidInput, NotFound
from modeling import actions
from modeling.api import serializers as shapes
from modeling.models import BackboneGuide
from modeling.selectors.guide import guide_lines
from modeling.training.methods import METHODS


def version_of(request: Request, uid: str) -> DatasetVersion:
    """A version the caller may see. Raises NotFound: of another one not even the existence is told."""
    rows = DatasetVersion.objects.visible_to(caller(request)).select_related("dataset")
    version = rows.filter(uid=uid).first()
    if version is None:
        raise NotFound
    return version


class GuideViewSet(ReadOnly):
    queryset = BackboneGuide.objects.order_by("-id")
    serializer_class = shapes.GuideSerializer
    filterset_fields = ["state", "version__uid"]
    query_extra = ("method",)

    def get_queryset(self) -> QuerySet[BackboneGuide]:
        rows = BackboneGuide.objects.visible_to(self.request.user)
        return rows.select_related("version__dataset").order_by("-id")

    @extend_schema(request=shapes.GuideRequest, responses={201: shapes.GuideSerializer})
    def create(self, request: Request) -> Response:
        """Measure the checked backbones on a sample of a version, by a job."""
        sent = shapes.GuideRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        version = version_of(request, given.pop("version"))
        guide = actions.guide_measure(actor=caller(request), version=version, **given)
        return Response(shapes.GuideSerializer(guide).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        responses=shapes.GuideLineShown(many=True),
        parameters=[OpenApiParameter("method", str, required=False)],
        filters=False,
    )
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def lines(self, request: Request, uid: str) -> Response:
        """Every checked backbone with its verdict, cost and past results; empty before the job has ended."""
        guide: Any = self.get_object()
        method = request.query_params.get("method") or "full"
        if method not in METHODS:
            raise InvalidInput(field="method", reason=method[:40])
        if guide.state != JobState.SUCCEEDED:
            return Response([])
        found = guide_lines(caller(request), guide.version, guide, method)
        return Response(shapes.GuideLineShown(found, many=True).data)
