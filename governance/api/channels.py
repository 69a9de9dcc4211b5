"""Notices and channels over the API: one's own only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance import actions, selectors
from governance.api import serializers as shapes
from governance.api.views import caller
from governance.channels import CHANNELS
from governance.choices import ChannelMode
from governance.exceptions import NotFound
from governance.models import Notice
from governance.notices import rows_for

UNREAD = OpenApiParameter("unread", bool, description="only those not read yet")


class NoticeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Notice]):
    """One's own notices."""

    queryset = Notice.objects.order_by("-id")
    serializer_class = shapes.NoticeSerializer
    filterset_fields = ("code", "subject_kind", "subject_id")
    query_extra = ("unread",)
    lookup_field = "uid"

    def get_queryset(self) -> QuerySet[Notice]:
        rows = Notice.objects.visible_to(self.request.user).order_by("-id")
        return rows.unread() if self.request.query_params.get("unread") in {"1", "true"} else rows

    @extend_schema(parameters=[UNREAD])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        rows = rows_for(caller(request), page)
        return self.get_paginated_response(shapes.NoticeSerializer(rows, many=True).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Mark all as read."""
        actions.notices_mark_read(actor=caller(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="read", url_name="read_one")
    def read_one(self, request: Request, uid: str) -> Response:
        """Mark one as read."""
        actions.notices_mark_read(actor=caller(request), uid=self.get_object().uid)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ChannelWrite(serializers.Serializer[Any]):
    mode = serializers.ChoiceField(choices=ChannelMode.choices)
    hour = serializers.IntegerField(min_value=0, max_value=23, required=False, default=9)
    address = serializers.CharField(
        max_length=254, required=False, allow_null=True, allow_blank=True, default=None
    )


class ChannelShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    mode = serializers.ChoiceField(choices=ChannelMode.choices)
    hour = serializers.IntegerField()
    address = serializers.CharField(help_text="where one is reached; empty for nowhere")


class ChannelViewSet(viewsets.GenericViewSet[Any]):
    """How one is told outside the console."""

    serializer_class = ChannelShape
    pagination_class = None
    lookup_field = "kind"
    lookup_value_regex = "[a-z_]+"

    @staticmethod
    def _known(kind: str) -> str:
        if kind not in CHANNELS:
            raise NotFound
        return kind

    @extend_schema(responses=ChannelShape(many=True))
    def list(self, request: Request) -> Response:
        return Response(ChannelShape(selectors.channels_of(caller(request)), many=True).data)

    @extend_schema(responses=ChannelShape)
    def retrieve(self, request: Request, kind: str) -> Response:
        found = {row.kind: row for row in selectors.channels_of(caller(request))}
        return Response(ChannelShape(found[self._known(kind)]).data)

    @extend_schema(request=ChannelWrite, responses=ChannelShape)
    def update(self, request: Request, kind: str) -> Response:
        """Set mode and hour, and for mails the address."""
        body = ChannelWrite(data=request.data)
        body.is_valid(raise_exception=True)
        actions.channel_set(actor=caller(request), kind=self._known(kind), **body.validated_data)
        return self.retrieve(request, kind)

    @extend_schema(request=None, responses={202: None})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, kind: str) -> Response:
        """Send oneself a test."""
        actions.channel_test(actor=caller(request), kind=self._known(kind))
        return Response(status=status.HTTP_202_ACCEPTED)
