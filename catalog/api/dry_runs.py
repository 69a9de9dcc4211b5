"""API of dry runs: a standard tried out on a version, on a sample or on all rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import actions
from catalog.api.base import actor_of, named, seen
from catalog.api.serializers import ValidationRunSerializer
from catalog.models import DatasetVersion
from governance.models import StandardVersion


class DryRunWrite(serializers.Serializer[Any]):
    standard_version = serializers.CharField(help_text="uid; any version of any standard, drafts included")
    object_name = serializers.CharField(
        required=False, default="", help_text="the dataset's own or the only one where it is left out"
    )
    rows = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=actions.DRY_RUN_MOST_ROWS,
        default=actions.DRY_RUN_ROWS,
        help_text="how many first rows are judged; null: all",
    )
    references = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="name: version uid"
    )


class DryRun(APIView):
    @extend_schema(request=DryRunWrite, responses={202: ValidationRunSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Try a standard out on a version. It decides nothing: no gate, no incident, no profile."""
        form = DryRunWrite(data=request.data)
        form.is_valid(raise_exception=True)
        actor, data = actor_of(request), dict(form.validated_data)
        run = actions.validation_dry_run(
            actor=actor,
            version=seen(DatasetVersion, actor, uid, "dataset__standard"),
            standard_version=named(StandardVersion, actor, "standard_version", data.pop("standard_version")),
            **data,
        )
        return Response(ValidationRunSerializer(run).data, status=status.HTTP_202_ACCEPTED)
