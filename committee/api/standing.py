"""Standing facts over the API: absences, delegations, conflicts of interest; lists, recording, ending."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import actions, selectors
from committee.api.serializers import Text
from committee.api.views import actor_of, person_named, sent
from committee.models import Absence, Conflict, Delegation, Seat
from governance.exceptions import InvalidInput

CURRENT = OpenApiParameter("current", bool, description="only those that are not over")


class AbsenceSerializer(serializers.ModelSerializer[Absence]):
    seat = serializers.CharField(source="seat.code")
    member = serializers.CharField(source="seat.member.username")
    declared_by = serializers.CharField(source="declared_by.username")

    class Meta:
        model = Absence
        fields = ("uid", "seat", "member", "first", "last", "reason", "declared_by", "declared_at")
        read_only_fields = fields


class DelegationSerializer(serializers.ModelSerializer[Delegation]):
    principal = serializers.CharField(source="principal.code")
    delegate = serializers.CharField(source="delegate.code")
    declared_by = serializers.CharField(source="declared_by.username")

    class Meta:
        model = Delegation
        fields = (
            "uid",
            "principal",
            "delegate",
            "first",
            "last",
            "actions",
            "kinds",
            "max_level",
            "declared_by",
            "declared_at",
        )
        read_only_fields = fields


class ConflictSerializer(serializers.ModelSerializer[Conflict]):
    member = serializers.CharField(source="member.username")
    declared_by = serializers.CharField(source="declared_by.username")

    class Meta:
        model = Conflict
        fields = (
            "uid",
            "member",
            "first",
            "last",
            "subjects",
            "parties",
            "reason",
            "declared_by",
            "declared_at",
        )
        read_only_fields = fields


class AbsenceWrite(serializers.Serializer[Any]):
    seat = serializers.CharField(
        max_length=64, required=False, help_text="code or uid; one's own where left out"
    )
    first = serializers.DateField()
    last = serializers.DateField()
    reason = Text(required=False, default="", allow_blank=True, max_length=200)


class DelegationWrite(serializers.Serializer[Any]):
    principal = serializers.CharField(max_length=64, required=False, help_text="one's own seat")
    delegate = serializers.CharField(max_length=64, help_text="code or uid of the other seat")
    first = serializers.DateField()
    last = serializers.DateField()
    actions = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    kinds = serializers.ListField(child=serializers.CharField(max_length=40), required=False, default=list)
    max_level = serializers.IntegerField(required=False, allow_null=True, default=None)


class StandingConflictWrite(serializers.Serializer[Any]):
    member = serializers.CharField(max_length=64, required=False, help_text="oneself where left out")
    last = serializers.DateField(required=False, allow_null=True, default=None)
    subjects = serializers.ListField(child=serializers.CharField(max_length=64), required=False, default=list)
    parties = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        default=list,
        help_text="uids of people and teams",
    )
    reason = Text(allow_blank=True)


def _current(request: Request, rows: QuerySet[Any]) -> QuerySet[Any]:
    return selectors.not_over(rows) if request.query_params.get("current") in {"1", "true"} else rows


def _own_seat(request: Request, name: str) -> Seat:
    """One's own seat; by name where one holds several. Raises InvalidInput."""
    seats = selectors.seats_of(actor_of(request))
    found = [seat for seat in seats if not name or name in {seat.code, seat.uid}]
    if len(found) != 1:
        raise InvalidInput(field="seat", reason="unknown" if not found else "name one of your seats")
    return found[0]


def _seat(name: str) -> Seat:
    """A seat by uid, or by a code that only one seat has. Raises InvalidInput."""
    rows = Seat.objects.standing().select_related("committee__secretary", "member")
    found = list(rows.filter(uid=name)) or list(rows.filter(code=name)[:2])
    if len(found) != 1:
        raise InvalidInput(field="seat", reason="unknown")
    return found[0]


class Absences(generics.ListAPIView[Absence]):
    serializer_class = AbsenceSerializer
    query_extra = ("current",)
    queryset = Absence.objects.none()

    def get_queryset(self) -> QuerySet[Absence]:
        if getattr(self, "swagger_fake_view", False):
            return Absence.objects.none()
        return _current(self.request, selectors.absences(actor_of(self.request)))

    @extend_schema(parameters=[CURRENT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Absences: the committee's for its members, else one's own."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=AbsenceWrite, responses={201: AbsenceSerializer})
    def post(self, request: Request) -> Response:
        """Declare an absence: of one's own seat, or as secretary of another."""
        data = sent(AbsenceWrite, request)
        name = data.pop("seat", "")
        seat = _seat(name) if name else _own_seat(request, "")
        row = actions.absence_declare(actor=actor_of(request), seat=seat, **data)
        return Response(AbsenceSerializer(row).data, status=status.HTTP_201_CREATED)


class AbsenceEnd(APIView):
    @extend_schema(request=None, responses=AbsenceSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Let it end with today."""
        row = selectors.absences(actor_of(request)).filter(uid=uid).first()
        if row is None:
            raise Http404
        return Response(AbsenceSerializer(actions.absence_end(actor=actor_of(request), absence=row)).data)


class Delegations(generics.ListAPIView[Delegation]):
    serializer_class = DelegationSerializer
    query_extra = ("current",)
    queryset = Delegation.objects.none()

    def get_queryset(self) -> QuerySet[Delegation]:
        if getattr(self, "swagger_fake_view", False):
            return Delegation.objects.none()
        return _current(self.request, selectors.delegations(actor_of(self.request)))

    @extend_schema(parameters=[CURRENT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delegations: the committee's for its members, else one's own."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=DelegationWrite, responses={201: DelegationSerializer})
    def post(self, request: Request) -> Response:
        """Let the holder of another seat cast one's ballot, dated and scoped."""
        data = sent(DelegationWrite, request)
        principal = _own_seat(request, data.pop("principal", ""))
        delegate = _seat(data.pop("delegate"))
        row = actions.delegation_give(actor=actor_of(request), principal=principal, delegate=delegate, **data)
        return Response(DelegationSerializer(row).data, status=status.HTTP_201_CREATED)


class DelegationEnd(APIView):
    @extend_schema(request=None, responses=DelegationSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Let it end with today."""
        row = selectors.delegations(actor_of(request)).filter(uid=uid).first()
        if row is None:
            raise Http404
        done = actions.delegation_end(actor=actor_of(request), delegation=row)
        return Response(DelegationSerializer(done).data)


class StandingConflicts(generics.ListAPIView[Conflict]):
    serializer_class = ConflictSerializer
    query_extra = ("current",)
    queryset = Conflict.objects.none()

    def get_queryset(self) -> QuerySet[Conflict]:
        if getattr(self, "swagger_fake_view", False):
            return Conflict.objects.none()
        return _current(self.request, selectors.conflicts(actor_of(self.request)))

    @extend_schema(parameters=[CURRENT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Standing conflicts of interest: the committee's for its members, else one's own."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=StandingConflictWrite, responses={201: ConflictSerializer})
    def post(self, request: Request) -> Response:
        """Record one: one's own, or as presiding member or secretary another's, who is told."""
        data = sent(StandingConflictWrite, request)
        actor, name = actor_of(request), data.pop("member", "")
        member = person_named("member", name) if name else actor
        row = actions.conflict_register(actor=actor, member=member, **data)
        return Response(ConflictSerializer(row).data, status=status.HTTP_201_CREATED)


class StandingConflictEnd(APIView):
    @extend_schema(request=None, responses=ConflictSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Let it end with today; cases it barred the person from stay as they are."""
        row = selectors.conflicts(actor_of(request)).filter(uid=uid).first()
        if row is None:
            raise Http404
        done = actions.conflict_end(actor=actor_of(request), conflict=row)
        return Response(ConflictSerializer(done).data)
