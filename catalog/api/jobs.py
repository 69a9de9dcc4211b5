"""API of recipes, cleaning, splits, quarantine and incidents."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import actions, reading
from catalog.api import serializers as shapes
from catalog.api.base import SeenList, SeenOne, actor_of, named, seen
from catalog.models import (
    CleaningRun,
    Dataset,
    DatasetVersion,
    DerivationRun,
    Incident,
    IngestRun,
    Quarantine,
    Recipe,
    RecipeVersion,
)

CLEANING_RELATED = ("version", "recipe_version", "target", "output", "requested_by")
DERIVATION_RELATED = ("version", "requested_by")
INCIDENT_RELATED = ("dataset", "version", "run", "owner")


class RecipeList(SeenList):
    model = Recipe
    related = ("owner",)
    serializer_class = shapes.RecipeSerializer

    @extend_schema(request=shapes.RecipeWrite, responses={201: shapes.RecipeVersionSerializer})
    def post(self, request: Request) -> Response:
        """Store a version of a recipe, opening the recipe where it is new."""
        form = shapes.RecipeWrite(data=request.data)
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        document = data.pop("document").encode()
        row = actions.recipe_draft(actor=actor_of(request), document=document, **data)
        return Response(shapes.RecipeVersionSerializer(row).data, status=status.HTTP_201_CREATED)


class RecipeOne(SeenOne):
    model = Recipe
    related = ("owner",)
    serializer_class = shapes.RecipeSerializer


class RecipeVersionList(SeenList):
    model = RecipeVersion
    related = ("recipe", "created_by")
    serializer_class = shapes.RecipeVersionSerializer
    filterset_fields = ("recipe__name", "recipe__uid", "digest")


class RecipeVersionOne(SeenOne):
    model = RecipeVersion
    related = ("recipe", "created_by")
    serializer_class = shapes.RecipeVersionSerializer


class Clean(APIView):
    @extend_schema(request=shapes.CleaningWrite, responses={202: shapes.CleaningRunSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Ask for a recipe to be applied to a version."""
        form = shapes.CleaningWrite(data=request.data)
        form.is_valid(raise_exception=True)
        actor, data = actor_of(request), form.validated_data
        target = data.get("target")
        run = actions.cleaning_request(
            actor=actor,
            version=seen(DatasetVersion, actor, uid, "dataset__standard"),
            recipe_version=named(RecipeVersion, actor, "recipe_version", data["recipe_version"]),
            target=named(Dataset, actor, "target", target) if target else None,
            references=data.get("references"),
        )
        return Response(shapes.CleaningRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class CleaningRunList(SeenList):
    model = CleaningRun
    related = CLEANING_RELATED
    serializer_class = shapes.CleaningRunSerializer
    filterset_fields = ("state", "version__uid", "version__dataset__name")


class CleaningRunOne(SeenOne):
    model = CleaningRun
    related = CLEANING_RELATED
    serializer_class = shapes.CleaningRunSerializer


class Split(APIView):
    @extend_schema(request=shapes.SplitWrite, responses={202: shapes.DerivationRunSerializer})
    def post(self, request: Request) -> Response:
        """Ask for a record-disjoint split of pairs."""
        form = shapes.SplitWrite(data=request.data)
        form.is_valid(raise_exception=True)
        actor, data = actor_of(request), dict(form.validated_data)
        versions = [named(DatasetVersion, actor, "versions", uid) for uid in data.pop("versions")]
        targets = {part: named(Dataset, actor, "targets", uid) for part, uid in data.pop("targets").items()}
        run = actions.split_request(actor=actor, versions=versions, targets=targets, **data)
        return Response(shapes.DerivationRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class DerivationRunList(SeenList):
    model = DerivationRun
    related = DERIVATION_RELATED
    serializer_class = shapes.DerivationRunSerializer
    filterset_fields = ("state", "kind")


class DerivationRunOne(SeenOne):
    model = DerivationRun
    related = DERIVATION_RELATED
    serializer_class = shapes.DerivationRunSerializer


class Cancel(APIView):
    """Stop a job: a waiting one at once, a running one at its next heartbeat."""

    model: Any = None
    shape: Any = None

    def post(self, request: Request, uid: str) -> Response:
        run = seen(self.model, actor_of(request), uid)
        actions.run_cancel(actor=actor_of(request), run=run)
        return Response(self.shape(run).data, status=status.HTTP_202_ACCEPTED)


@extend_schema(request=None, responses={202: shapes.CleaningRunSerializer})
class CancelCleaning(Cancel):
    model, shape = CleaningRun, shapes.CleaningRunSerializer


@extend_schema(request=None, responses={202: shapes.DerivationRunSerializer})
class CancelDerivation(Cancel):
    model, shape = DerivationRun, shapes.DerivationRunSerializer


@extend_schema(request=None, responses={202: shapes.IngestRunSerializer})
class CancelIngest(Cancel):
    model, shape = IngestRun, shapes.IngestRunSerializer


class QuarantineList(SeenList):
    model = Quarantine
    related = ("run", "version")
    serializer_class = shapes.QuarantineSerializer
    filterset_fields = ("run__uid", "version__uid")


class QuarantineOne(SeenOne):
    model = Quarantine
    related = ("run", "version")
    serializer_class = shapes.QuarantineSerializer


class QuarantineRows(APIView):
    @extend_schema(request=shapes.RowsWrite, responses=shapes.RowsSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """The first quarantined rows, masked; the look is written in the ledger before anything is read."""
        form = shapes.RowsWrite(data=request.data)
        form.is_valid(raise_exception=True)
        held = seen(Quarantine, actor_of(request), uid, "run", "version__dataset")
        rows = reading.quarantine_rows(actor=actor_of(request), quarantine=held, **form.validated_data)
        return Response(shapes.RowsSerializer(rows).data)


class QuarantineCell(APIView):
    @extend_schema(request=shapes.CellWrite, responses=shapes.CellSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Open one cell of a quarantined row."""
        form = shapes.CellWrite(data=request.data)
        form.is_valid(raise_exception=True)
        held = seen(Quarantine, actor_of(request), uid, "run", "version__dataset")
        value = reading.quarantine_cell(actor=actor_of(request), quarantine=held, **form.validated_data)
        return Response({"value": value})


class IncidentList(SeenList):
    model = Incident
    related = INCIDENT_RELATED
    serializer_class = shapes.IncidentSerializer
    filterset_fields = ("state", "kind", "dataset__name")


class IncidentOne(SeenOne):
    model = Incident
    related = INCIDENT_RELATED
    serializer_class = shapes.IncidentSerializer


class IncidentResolve(APIView):
    @extend_schema(request=shapes.ResolveWrite, responses=shapes.IncidentSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Close an incident with a word on what was done."""
        form = shapes.ResolveWrite(data=request.data)
        form.is_valid(raise_exception=True)
        incident = seen(Incident, actor_of(request), uid, *INCIDENT_RELATED)
        actions.incident_resolve(actor=actor_of(request), incident=incident, note=form.validated_data["note"])
        return Response(shapes.IncidentSerializer(incident).data)
