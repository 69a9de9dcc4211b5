"""The caller's own rules about runs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.views import ReadOnly, caller
from governance.exceptions import NotFound
from modeling import watching
from modeling.api import watching_shapes as shapes
from modeling.models import MetricAlert, TrainingPlan, TrainingRun


class AlertViewSet(ReadOnly):
    queryset = MetricAlert.objects.order_by("-id")
    serializer_class = shapes.AlertSerializer
    filterset_fields = ["run__uid", "plan__uid", "kind"]

    def get_queryset(self) -> QuerySet[MetricAlert]:
        rows = MetricAlert.objects.visible_to(self.request.user).select_related("run", "plan", "owner")
        return rows.prefetch_related("firings__run").order_by("-id")

    @extend_schema(request=shapes.AlertSet, responses={201: shapes.AlertSerializer})
    def create(self, request: Request) -> Response:
        """Be told once of a run, or of each run of a plan, in your inbox."""
        sent = shapes.AlertSet(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        for name, model in (("run", TrainingRun), ("plan", TrainingPlan)):
            if name in given:
                given[name] = _seen(request, model, given[name])
        alert = watching.alert_set(actor=caller(request), **given)
        return Response(shapes.AlertSerializer(alert).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None})
    def destroy(self, request: Request, uid: str) -> Response:
        watching.alert_remove(actor=caller(request), alert=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _seen(request: Request, model: Any, uid: str) -> Any:
    """Of a row the caller may not see not even the existence is told."""
    row = model.objects.visible_to(caller(request)).filter(uid=uid).first()
    if row is None:
        raise NotFound
    return row
