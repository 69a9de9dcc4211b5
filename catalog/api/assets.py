"""API of sources, datasets, roles on them, uploads and versions."""

from __future__ import annotations

import io
from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, parsers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import actions, reading, selectors
from catalog.api import serializers as shapes
from catalog.api.base import SeenList, SeenMixin, SeenOne, actor_of, person_named, seen
from catalog.models import Column, Dataset, DatasetVersion, IngestRun, Ownership, Source

VERSION_RELATED = ("dataset", "created_by")


class SourceList(SeenList):
    model = Source
    serializer_class = shapes.SourceSerializer
    filterset_fields = ("kind",)

    @extend_schema(request=shapes.SourceWrite, responses={201: shapes.SourceSerializer})
    def post(self, request: Request) -> Response:
        """Register a source."""
        form = shapes.SourceWrite(data=request.data)
        form.is_valid(raise_exception=True)
        source = actions.source_register(actor=actor_of(request), **form.validated_data)
        return Response(shapes.SourceSerializer(source).data, status=status.HTTP_201_CREATED)


class SourceOne(SeenOne):
    model = Source
    serializer_class = shapes.SourceSerializer


class DatasetList(SeenList):
    model = Dataset
    related = ("source", "standard")
    serializer_class = shapes.DatasetSerializer
    filterset_fields = ("name", "level", "domain")

    @extend_schema(request=shapes.DatasetWrite, responses={201: shapes.DatasetSerializer})
    def post(self, request: Request) -> Response:
        """Register a dataset with its owner and steward."""
        form = shapes.DatasetWrite(data=request.data)
        form.is_valid(raise_exception=True)
        data = dict(form.validated_data)
        source = data.pop("source")
        held = Source.objects.visible_to(request.user).filter(name=source).first() if source else None
        if source and held is None:
            raise Http404
        dataset = actions.dataset_register(
            actor=actor_of(request),
            source=held,
            standard_name=data.pop("standard"),
            owner=person_named("owner", data.pop("owner")),
            steward=person_named("steward", data.pop("steward")),
            **data,
        )
        return Response(shapes.DatasetSerializer(dataset).data, status=status.HTTP_201_CREATED)


class DatasetOne(SeenOne):
    model = Dataset
    related = ("source", "standard")
    serializer_class = shapes.DatasetSerializer

    @extend_schema(request=shapes.DatasetChange, responses=shapes.DatasetSerializer)
    def patch(self, request: Request, uid: str) -> Response:
        """Change words, level, domain, standard or object."""
        form = shapes.DatasetChange(data=request.data)
        form.is_valid(raise_exception=True)
        changes = dict(form.validated_data)
        if "standard" in changes:
            changes["standard_name"] = changes.pop("standard")
        dataset = seen(Dataset, actor_of(request), uid, "source", "standard")
        changed = actions.dataset_change(actor=actor_of(request), dataset=dataset, **changes)
        return Response(shapes.DatasetSerializer(changed).data)


class OwnershipList(generics.ListAPIView[Ownership]):
    serializer_class = shapes.OwnershipSerializer
    queryset = Ownership.objects.none()

    def get_queryset(self) -> Any:
        dataset = seen(Dataset, actor_of(self.request), self.kwargs["uid"])
        return Ownership.objects.filter(dataset=dataset).select_related("user")

    @extend_schema(request=shapes.OwnershipWrite, responses={201: shapes.OwnershipSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Give a person a role on the dataset."""
        form = shapes.OwnershipWrite(data=request.data)
        form.is_valid(raise_exception=True)
        data = form.validated_data
        row = actions.ownership_start(
            actor=actor_of(request),
            dataset=seen(Dataset, actor_of(request), uid),
            user=person_named("user", data["user"]),
            role=data["role"],
            since=data.get("since"),
        )
        return Response(shapes.OwnershipSerializer(row).data, status=status.HTTP_201_CREATED)


class OwnershipEnd(APIView):
    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, uid: str) -> Response:
        """End a role today."""
        row = Ownership.objects.select_related("dataset", "user").filter(uid=uid).first()
        if row is None:
            raise Http404
        actions.ownership_end(actor=actor_of(request), ownership=row)
        return Response(status=status.HTTP_204_NO_CONTENT)


class RawBody(parsers.BaseParser):
    """Hands the body on as a stream: it is counted and written while it arrives, never held in memory."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream


class Upload(APIView):
    parser_classes = (parsers.MultiPartParser,)

    def get_parsers(self) -> Any:
        return [RawBody()] if self.request and self.request.method == "PUT" else super().get_parsers()

    @extend_schema(
        request={"multipart/form-data": shapes.UploadWrite}, responses={202: shapes.IngestRunSerializer}
    )
    def post(self, request: Request, uid: str) -> Response:
        """Upload a file as a form; the version appears when the job succeeds."""
        form = shapes.UploadWrite(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        return self._upload(request, uid, file, file.name, form.validated_data["label"], file.size)

    @extend_schema(
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("filename", str, required=True, description="ends in .csv, .csv.gz or .parquet"),
            OpenApiParameter("label", str, description="part of a split, such as train"),
        ],
        responses={202: shapes.IngestRunSerializer},
    )
    def put(self, request: Request, uid: str) -> Response:
        """Upload the bare bytes of a file as the body."""
        announced = request.META.get("CONTENT_LENGTH") or ""
        # Of a request without a body DRF asks no parser: then there is nothing to read, and that is refused.
        stream = request.data if hasattr(request.data, "read") else io.BytesIO()
        return self._upload(
            request,
            uid,
            stream,
            request.query_params.get("filename", ""),
            request.query_params.get("label", ""),
            int(announced) if announced.isdigit() else None,
        )

    def _upload(
        self, request: Request, uid: str, stream: Any, filename: str, label: str, announced: int | None
    ) -> Response:
        run = actions.version_upload(
            actor=actor_of(request),
            dataset=seen(Dataset, actor_of(request), uid),
            stream=stream,
            filename=filename,
            label=label,
            announced=announced,
        )
        return Response(shapes.IngestRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)


class IngestRunOne(SeenOne):
    model = IngestRun
    related = ("dataset", "version", "requested_by")
    serializer_class = shapes.IngestRunSerializer


class VersionList(SeenList):
    model = DatasetVersion
    related = VERSION_RELATED
    serializer_class = shapes.VersionSerializer
    filterset_fields = ("dataset__name", "dataset__uid", "label", "digest")


class VersionOne(SeenOne):
    model = DatasetVersion
    related = VERSION_RELATED
    serializer_class = shapes.VersionSerializer


class ColumnList(SeenMixin, generics.ListAPIView[Column]):
    """Columns of a version in file order."""

    serializer_class = shapes.ColumnSerializer
    pagination_class = None
    filter_backends = ()
    model = DatasetVersion

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Column.objects.none()
        return Column.objects.filter(version=seen(DatasetVersion, actor_of(self.request), self.kwargs["uid"]))


class GateOne(APIView):
    @extend_schema(responses=shapes.GateSerializer)
    def get(self, request: Request, uid: str) -> Response:
        """The gate of a version now."""
        version = seen(DatasetVersion, actor_of(request), uid)
        return Response(shapes.GateSerializer(selectors.gate_of(version.uid)).data)


class ScorecardOne(APIView):
    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, uid: str) -> Response:
        """Gate, score and unmet rules as a dossier holds them."""
        version = seen(DatasetVersion, actor_of(request), uid)
        return Response(selectors.scorecard(version.uid))


class LineageOne(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("depth", int, description="steps each way, 1 to 20")],
        responses=shapes.LineageSerializer,
    )
    def get(self, request: Request, uid: str) -> Response:
        """What the version was made from and what was made from it."""
        version = seen(DatasetVersion, actor_of(request), uid)
        asked = request.query_params.get("depth", "3")
        depth = min(20, max(1, int(asked))) if asked.isdigit() else 3
        graph = selectors.lineage(version.uid, depth=depth)
        edges = [{"source": s, "target": t, "by": b} for s, t, b in graph.edges]
        return Response(shapes.LineageSerializer({"nodes": graph.nodes, "edges": edges}).data)


class VersionRows(APIView):
    @extend_schema(request=shapes.RowsWrite, responses=shapes.RowsSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """The first rows, masked; the look is written in the ledger before anything is read."""
        form = shapes.RowsWrite(data=request.data)
        form.is_valid(raise_exception=True)
        version = seen(DatasetVersion, actor_of(request), uid, "dataset")
        rows = reading.version_rows(
            actor=actor_of(request), version=version, purpose=form.validated_data["purpose"]
        )
        return Response(shapes.RowsSerializer(rows).data)


class VersionCell(APIView):
    @extend_schema(request=shapes.CellWrite, responses=shapes.CellSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Open one cell, where role or permit covers its level."""
        form = shapes.CellWrite(data=request.data)
        form.is_valid(raise_exception=True)
        version = seen(DatasetVersion, actor_of(request), uid, "dataset")
        value = reading.version_cell(actor=actor_of(request), version=version, **form.validated_data)
        return Response({"value": value})
