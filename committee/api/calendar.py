"""A committee's calendar over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import actions, calendars, selectors
from committee.api.views import actor_of, sent
from committee.exceptions import NoCommittee
from committee.models import Committee

WHICH = [OpenApiParameter("committee", str, description="code; the first committee where left out")]


def _days(**more: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(max_length=20), **more)


class CalendarWrite(serializers.Serializer[Any]):
    """Where the days come from: a country of the library ("" for none) and own days on top."""

    timezone = serializers.CharField(max_length=64, help_text="IANA name")
    weekend = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=7), max_length=7)
    country = serializers.CharField(max_length=2, required=False, default="", allow_blank=True)
    subdivision = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    added_holidays = _days(required=False, default=list)
    added_workdays = _days(required=False, default=list)
    removed = _days(required=False, default=list)


class CalendarShape(CalendarWrite):
    """The calendar as new cases will be framed with it."""

    through = serializers.IntegerField(help_text="last year filled from the library, 0 where kept by hand")
    holidays = _days()
    workdays = _days()
    makeup_days_unknown = serializers.ListField(child=serializers.IntegerField())


def calendar_shape(committee: Committee) -> dict[str, Any]:
    source = calendars.source_of(committee.calendar, committee.calendar_source)
    unknown = selectors.unknown_years(source, timezone.localdate())
    return {**committee.calendar, **source.as_dict(), "makeup_days_unknown": list(unknown)}


class CalendarOne(APIView):
    """Read by everybody, kept by secretary, presiding member and governance team."""

    @staticmethod
    def committee(request: Request) -> Committee:
        found = selectors.committee_of(request.query_params.get("committee", "").replace("\x00", ""))
        if found is None:
            raise NoCommittee
        return found

    @extend_schema(parameters=WHICH, responses=CalendarShape, operation_id="calendar_retrieve")
    def get(self, request: Request) -> Response:
        """Working days as new cases are framed with them, and where each list comes from."""
        return Response(calendar_shape(self.committee(request)))

    @extend_schema(parameters=WHICH, request=CalendarWrite, responses=CalendarShape)
    def put(self, request: Request) -> Response:
        """Set it as a whole; running cases keep the calendar they started with."""
        data = sent(CalendarWrite, request)
        zone = data.pop("timezone")
        done = actions.calendar_update(
            actor=actor_of(request), committee=self.committee(request), zone=zone, **data
        )
        return Response(calendar_shape(done))
