"""Rows of a version as CSV over the API, under the same right as on its page."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import reading
from catalog.api.base import actor_of, seen
from catalog.choices import MOST_EXPORTED
from catalog.models import DatasetVersion


class ExportWrite(serializers.Serializer[Any]):
    purpose = serializers.CharField(max_length=80, help_text="that of a permit, else a general one")
    columns = serializers.ListField(
        child=serializers.CharField(max_length=300), min_length=1, max_length=2000, help_text='["*"]: all'
    )
    rows = serializers.IntegerField(min_value=1, max_value=MOST_EXPORTED)


class VersionExport(APIView):
    @extend_schema(request=ExportWrite, responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def post(self, request: Request, uid: str) -> FileResponse:
        """The first rows of some columns, unmasked. From the level of the access rule on it takes a permit to
        export; a role on the dataset is none."""
        form = ExportWrite(data=request.data)
        form.is_valid(raise_exception=True)
        version = seen(DatasetVersion, actor_of(request), uid, "dataset__standard")
        file = reading.version_export(actor=actor_of(request), version=version, **form.validated_data)
        name = f"{version.dataset.name}-v{version.number}.csv"
        return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv")
