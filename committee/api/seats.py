"""Seats over the API: places with their holders, findings about the composition, resigning."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import actions, selectors
from committee.api.serializers import SeatSerializer, Text
from committee.api.views import actor_of, sent
from committee.exceptions import NoCommittee
from committee.forms.seats import LONGEST_REASON
from committee.selectors import PlaceRow

WHICH = [OpenApiParameter("committee", str, description="code; the first committee where left out")]


class PlaceShape(serializers.Serializer[Any]):
    """A place at the table. `seat` is null where nobody holds it today."""

    place = serializers.CharField()
    role = serializers.CharField()
    uid = serializers.CharField(allow_null=True, help_text="of the seat, for resigning")
    seat = SeatSerializer(allow_null=True)
    vacant = serializers.BooleanField()
    days_left = serializers.IntegerField(allow_null=True)
    absent = serializers.BooleanField(help_text="the holder is away today")


class FindingShape(serializers.Serializer[Any]):
    """`bad` stops decisions, `warn` may soon, `info` is worth knowing."""

    code = serializers.CharField()
    tone = serializers.ChoiceField(choices=[(tone, tone) for tone in ("bad", "warn", "info")])
    en = serializers.CharField()
    zh = serializers.CharField()


class SeatsShape(serializers.Serializer[Any]):
    committee = serializers.CharField()
    places = PlaceShape(many=True)
    findings = FindingShape(many=True)


class ResignWrite(serializers.Serializer[Any]):
    reason = Text(max_length=LONGEST_REASON)


def _place(row: PlaceRow) -> dict[str, Any]:
    seat = SeatSerializer(row.seat).data if row.seat else None
    return {
        "place": row.place,
        "role": row.role,
        "uid": row.seat.uid if row.seat else None,
        "seat": seat,
        "vacant": row.vacant,
        "days_left": row.days_left,
        "absent": row.absent,
    }


class Seats(APIView):
    @extend_schema(parameters=WHICH, responses=SeatsShape, operation_id="seats_retrieve")
    def get(self, request: Request) -> Response:
        """Every place of a committee, and what is wrong or thin about its composition, en and zh."""
        body = selectors.committee_of(request.query_params.get("committee", "").replace("\x00", ""))
        if body is None:
            raise NoCommittee
        rows = selectors.places(body)
        findings = [finding.as_dict() for finding in selectors.composition_findings(body, rows)]
        return Response(
            {"committee": body.code, "places": [_place(row) for row in rows], "findings": findings}
        )


class Resign(APIView):
    @extend_schema(request=ResignWrite, responses=SeatSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Give up one's own seat now; its place is vacant until a case fills it."""
        user = actor_of(request)
        seat = selectors.seat_of(user, uid)
        if seat is None:
            raise Http404
        done = actions.seat_resign(actor=user, seat=seat, reason=sent(ResignWrite, request)["reason"])
        return Response(SeatSerializer(done).data)
