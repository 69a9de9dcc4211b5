"""API of checks: asking for them, their outcomes, their report, and one beside another."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import actions
from catalog.api import serializers as shapes
from catalog.api.base import SeenList, SeenOne, actor_of, named, seen
from catalog.api.jobs import Cancel
from catalog.choices import OutcomeChange
from catalog.filtersets import OutcomeFilters, ValidationRunFilters
from catalog.models import DatasetVersion, RuleOutcome, ValidationReport, ValidationRun
from catalog.selectors import runs
from governance.models import StandardVersion

RELATED = ("version__dataset", "standard_version", "previous", "requested_by")


class Validate(APIView):
    @extend_schema(request=shapes.ValidationWrite, responses={202: shapes.ValidationRunSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Ask for a check of a version against its standard."""
        form = shapes.ValidationWrite(data=request.data)
        form.is_valid(raise_exception=True)
        actor, data = actor_of(request), form.validated_data
        law = data.get("standard_version")
        before = data.get("previous")
        run = actions.validation_request(
            actor=actor,
            version=seen(DatasetVersion, actor, uid, "dataset__standard"),
            references=data.get("references"),
            standard_version=named(StandardVersion, actor, "standard_version", law) if law else None,
            previous=named(DatasetVersion, actor, "previous", before) if before else None,
            engine=data.get("engine", ""),
        )
        return Response(shapes.ValidationRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class ValidationRunList(SeenList):
    model = ValidationRun
    related = RELATED
    serializer_class = shapes.ValidationRunSerializer
    filterset_class = ValidationRunFilters


class ValidationRunOne(SeenOne):
    model = ValidationRun
    related = RELATED
    serializer_class = shapes.ValidationRunSerializer


class OutcomeList(generics.ListAPIView[RuleOutcome]):
    """Outcomes of a run in report order, with masked samples and what each rule compiles to."""

    serializer_class = shapes.OutcomeSerializer
    pagination_class = None
    filterset_class = OutcomeFilters

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return RuleOutcome.objects.none()
        return RuleOutcome.objects.filter(run=seen(ValidationRun, actor_of(self.request), self.kwargs["uid"]))


class ReportOne(APIView):
    @extend_schema(responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "validation-report.schema.json")})
    def get(self, request: Request, uid: str) -> Response:
        """The report as the engine wrote it: masked, the same for every reader. 404 where none is kept."""
        run = seen(ValidationRun, actor_of(request), uid)
        held = ValidationReport.objects.filter(run=run).first()
        if held is None:
            raise Http404
        return Response(json.loads(bytes(held.document)))


class CompareOne(APIView):
    @extend_schema(
        parameters=[
            OpenApiParameter(
                "against",
                str,
                description="uid of another finished run of the dataset",
            ),
            OpenApiParameter("change", str, enum=OutcomeChange.values),
        ],
        responses=shapes.ComparisonSerializer,
    )
    def get(self, request: Request, uid: str) -> Response:
        """A check beside another of the same dataset, rule by rule, worst first."""
        actor = actor_of(request)
        run = seen(ValidationRun, actor, uid, *RELATED)
        both = runs.compared(run, self._other(request, run))
        wanted = request.query_params.get("change", "")
        rows = runs.narrowed(both.rows, {"change": wanted})
        shown = {"run": run, "against": both.other, "changes": both.changes(), "rules": rows}
        return Response(shapes.ComparisonSerializer({**shown, "gone": [o.rule_id for o in both.gone]}).data)

    def _other(self, request: Request, run: ValidationRun) -> ValidationRun | None:
        uid = request.query_params.get("against", "")
        if not uid:
            return runs.run_before(run)
        found = runs.runs_comparable(actor_of(request), run).filter(uid=uid).first()
        if found is None:
            raise Http404
        return found


@extend_schema(request=None, responses={202: shapes.ValidationRunSerializer})
class CancelValidation(Cancel):
    model, shape = ValidationRun, shapes.ValidationRunSerializer
