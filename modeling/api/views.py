"""The REST API of the modeling room. Reads are scoped, writes call actions."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.models import DatasetVersion
from governance.api.pagination import CursorPagination
from governance.api.views import ReadOnly, caller
from governance.exceptions import NotFound
from modeling import actions, contracting, watching
from modeling.api import serializers as shapes
from modeling.api import watching_shapes
from modeling.api.comparing import ComparedRun, as_json
from modeling.api.guides import version_of
from modeling.inputs import InputSpec
from modeling.models import (
    Backbone,
    Evaluation,
    LogLine,
    MetricPoint,
    ModelVersion,
    TrainingPlan,
    TrainingRun,
)
from modeling.selectors import pages, queue, series, tracking
from modeling.selectors.comparison import comparison, uids_of
from modeling.selectors.slices import slices_of


class BackboneViewSet(ReadOnly):
    queryset = Backbone.objects.order_by("-id")
    serializer_class = shapes.BackboneSerializer
    filterset_fields = ["name", "state", "kind"]

    @extend_schema(request=shapes.BackboneRegister, responses={201: shapes.BackboneSerializer})
    def create(self, request: Request) -> Response:
        sent = shapes.BackboneRegister(data=request.data)
        sent.is_valid(raise_exception=True)
        row = actions.backbone_register(actor=caller(request), **sent.validated_data)
        return Response(shapes.BackboneSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={202: shapes.BackboneCheckSerializer})
    @action(detail=True, methods=["post"], filterset_fields=[])
    def check(self, request: Request, uid: str) -> Response:
        """Have its files looked at again, by a job; `state` of the backbone tells the outcome."""
        check = actions.backbone_check(actor=caller(request), backbone=self.get_object())
        return Response(shapes.BackboneCheckSerializer(check).data, status=status.HTTP_202_ACCEPTED)


class PlanViewSet(ReadOnly):
    queryset = TrainingPlan.objects.select_related("backbone", "created_by").order_by("-id")
    serializer_class = shapes.PlanSerializer
    filterset_fields = ["task", "method", "purpose"]

    @extend_schema(request=shapes.PlanCreate, responses={201: shapes.PlanSerializer})
    def create(self, request: Request) -> Response:
        sent = shapes.PlanCreate(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        if "version" in given:
            given["version"] = version_of(request, given["version"])
        plan = actions.plan_create(actor=caller(request), **given)
        return Response(shapes.PlanSerializer(plan).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR}, filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def contract(self, request: Request, uid: str) -> HttpResponse:
        """The data contract of the plan: a standard (ODCS) over its own columns."""
        return HttpResponse(contracting.contract_text(self.get_object()), content_type="application/yaml")


class PointPagination(CursorPagination):
    """Oldest first: a program follows a running series page by page."""

    ordering = "id"
    page_size = 200
    max_page_size = 5000


class LogPagination(CursorPagination):
    ordering = "number"
    page_size = 200


class RunViewSet(ReadOnly):
    queryset = TrainingRun.objects.order_by("-id")
    serializer_class = shapes.RunSerializer
    filterset_fields = ["state", "plan__uid", "plan__task"]
    query_extra = ("metric", "runs", "tag")

    def get_queryset(self) -> QuerySet[TrainingRun]:
        rows = TrainingRun.objects.visible_to(self.request.user)
        return (
            rows.select_related("plan", "requested_by", "model", "device")
            .prefetch_related("inputs__version", "tags")
            .order_by("-id")
        )

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        tag = self.request.query_params.get("tag", "")
        return rows.filter(Exists(pages.tagged(tag))) if tag else rows

    @extend_schema(request=shapes.RunRequest, responses={201: shapes.RunSerializer})
    def create(self, request: Request) -> Response:
        """Ask for a run; without permit or open gate it is refused, or waits where `wait` is set."""
        sent = shapes.RunRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        given["inputs"] = [input_of(caller(request), part) for part in given["inputs"]]
        run = actions.run_request(actor=caller(request), **given)
        return Response(shapes.RunSerializer(run).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=shapes.RunSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[])
    def cancel(self, request: Request, uid: str) -> Response:
        run = self.get_object()
        actions.run_cancel(actor=caller(request), run=run)
        run.refresh_from_db()
        return Response(shapes.RunSerializer(run).data)

    @extend_schema(request=shapes.RunPriority, responses=shapes.RunSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[])
    def priority(self, request: Request, uid: str) -> Response:
        """Let a run that has not begun go earlier or later; high is the governance team's."""
        sent = shapes.RunPriority(data=request.data)
        sent.is_valid(raise_exception=True)
        run = self.get_object()
        actions.run_prioritise(actor=caller(request), run=run, **sent.validated_data)
        run.refresh_from_db()
        queue.place_all([run])
        return Response(shapes.RunSerializer(run).data)

    def get_object(self) -> TrainingRun:
        run: TrainingRun = super().get_object()
        queue.place_all([run])
        return run

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        if page and isinstance(page[0], TrainingRun):
            queue.place_all(page)
        return page

    @extend_schema(request=shapes.RunNotes, responses=shapes.RunSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[])
    def notes(self, request: Request, uid: str) -> Response:
        sent = shapes.RunNotes(data=request.data)
        sent.is_valid(raise_exception=True)
        run = self.get_object()
        actions.run_note(actor=caller(request), run=run, **sent.validated_data)
        run.refresh_from_db()
        return Response(shapes.RunSerializer(run).data)

    @extend_schema(request=watching_shapes.TagsChange, responses=shapes.RunSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[])
    def tags(self, request: Request, uid: str) -> Response:
        """Set and remove tags, all of it or nothing."""
        sent = watching_shapes.TagsChange(data=request.data)
        sent.is_valid(raise_exception=True)
        watching.run_tags(actor=caller(request), run=self.get_object(), **sent.validated_data)
        return Response(shapes.RunSerializer(self.get_object()).data)

    @extend_schema(responses=watching_shapes.SeriesSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def series(self, request: Request, uid: str) -> Response:
        """Every metric in figures: points, last, lowest and highest with their steps."""
        lines = series.series_lines(self.get_object())
        return Response(watching_shapes.SeriesSerializer(lines, many=True).data)

    @extend_schema(
        responses=shapes.PointSerializer(many=True),
        parameters=[OpenApiParameter("metric", str, required=False)],
    )
    @action(detail=True, pagination_class=PointPagination, filterset_fields=[])
    def metrics(self, request: Request, uid: str) -> Response:
        rows = MetricPoint.objects.filter(run=self.get_object())
        if request.query_params.get("metric"):
            rows = rows.filter(metric=request.query_params["metric"])
        return self.get_paginated_response(
            shapes.PointSerializer(self.paginate_queryset(rows), many=True).data
        )

    @extend_schema(
        responses=ComparedRun(many=True),
        parameters=[OpenApiParameter("runs", str, description="uids with commas between, at most 100")],
    )
    @action(detail=False, pagination_class=None, filterset_fields=[])
    def compare(self, request: Request) -> Response:
        """Settings and scores of several runs side by side; those the caller may not see are left out."""
        uids = uids_of(request.query_params.get("runs", ""))
        return Response(ComparedRun(as_json(comparison(caller(request), uids)), many=True).data)

    @extend_schema(responses=shapes.LogLineSerializer(many=True))
    @action(detail=True, pagination_class=LogPagination, filterset_fields=[])
    def log(self, request: Request, uid: str) -> Response:
        rows = LogLine.objects.filter(run=self.get_object())
        return self.get_paginated_response(
            shapes.LogLineSerializer(self.paginate_queryset(rows), many=True).data
        )

    @extend_schema(responses=shapes.EvaluationSerializer(many=True))
    @action(detail=True, pagination_class=PointPagination, filterset_fields=[])
    def evaluation(self, request: Request, uid: str) -> Response:
        rows = Evaluation.objects.filter(run=self.get_object())
        return self.get_paginated_response(
            shapes.EvaluationSerializer(self.paginate_queryset(rows), many=True).data
        )

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def trend(self, request: Request, uid: str) -> Response:
        """Share of the watched classes over time, with the test for a rise; empty where none is followed."""
        return Response((self.get_object().result.get("evaluation") or {}).get("trend") or {})

    @extend_schema(responses=shapes.SliceShown(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def slices(self, request: Request, uid: str) -> Response:
        """The first metric on parts of the test rows; empty before the run has ended."""
        return Response(shapes.SliceShown(slices_of(self.get_object()), many=True).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def tensorboard(self, request: Request, uid: str) -> StreamingHttpResponse:
        """Every metric point as a TensorBoard event file."""
        run = self.get_object()
        name = f'attachment; filename="{tracking.event_name(run)}"'
        return StreamingHttpResponse(
            tracking.events_of(run),
            content_type="application/octet-stream",
            headers={"Content-Disposition": name},
        )


def input_of(user: Any, part: dict[str, Any]) -> InputSpec:
    """A version the caller may see; of another one not even the existence is told."""
    version = (
        DatasetVersion.objects.visible_to(user).select_related("dataset").filter(uid=part["version"]).first()
    )
    if version is None:
        raise NotFound
    where = (part["where_column"], part["where_equals"]) if part["where_column"] else None
    return InputSpec(part["role"], version, where)


class ModelViewSet(ReadOnly):
    queryset = ModelVersion.objects.order_by("-id")
    serializer_class = shapes.ModelVersionSerializer
    filterset_fields = ["state", "name"]

    def get_queryset(self) -> QuerySet[ModelVersion]:
        return ModelVersion.objects.visible_to(self.request.user).select_related("run").order_by("-id")

    @extend_schema(responses=shapes.ModelCardShown(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_fields=[])
    def cards(self, request: Request, uid: str) -> Response:
        rows = self.get_object().cards.all()
        return Response([{"language": card.language, "text": card.text} for card in rows])

    @extend_schema(request=shapes.Reason, responses=shapes.ModelVersionSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[])
    def quarantine(self, request: Request, uid: str) -> Response:
        sent = shapes.Reason(data=request.data)
        sent.is_valid(raise_exception=True)
        model = self.get_object()
        actions.model_quarantine(actor=caller(request), model=model, **sent.validated_data)
        model.refresh_from_db()
        return Response(shapes.ModelVersionSerializer(model).data)
