"""What is stuck, over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import selectors
from committee.api.views import actor_of
from committee.models import Case
from committee.permissions import may_watch
from governance.permissions import allow


class StuckShape(serializers.Serializer[Any]):
    kind = serializers.CharField()
    what = serializers.CharField()
    since = serializers.DateTimeField()
    url = serializers.CharField()


class WatchdogShape(serializers.Serializer[Any]):
    stuck = StuckShape(many=True)
    asleep = serializers.IntegerField(help_text="cases asleep; listed by `cases?asleep=1`")


class WatchdogOne(APIView):
    @extend_schema(responses=WatchdogShape, operation_id="watchdog_retrieve")
    def get(self, request: Request) -> Response:
        """Work the clock should have done by now; for governance team, secretary and presiding member."""
        user = actor_of(request)
        allow(may_watch(user))
        stuck = [selectors.stuck_dict(row) for row in selectors.watchdog()]
        return Response({"stuck": stuck, "asleep": selectors.asleep(Case.objects.all()).count()})
