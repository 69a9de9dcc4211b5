"""The REST API of the committee. Reads are scoped to the asker, writes call actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import actions, selectors
from committee.api import serializers as shapes
from committee.exceptions import NoCommittee
from committee.models import Case
from governance.exceptions import InvalidInput
from governance.models import Team, User
from governance.subject_ref import SubjectRef


def actor_of(request: Request) -> User:
    """The signed-in user; the permission class stands before every view."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def case_of(request: Request, uid: str) -> Case:
    case = selectors.case_by_uid(actor_of(request), uid)
    if case is None:
        raise Http404
    return case


def person_named(field: str, name: str) -> User:
    """An active person by username or uid. Raises InvalidInput."""
    rows = User.objects.filter(is_active=True)
    found = rows.filter(username=name).first() or rows.filter(uid=name).first()
    if found is None:
        raise InvalidInput(field=field, reason="unknown")
    return found


def team_named(field: str, name: str) -> Team:
    found = Team.objects.filter(code=name).first() or Team.objects.filter(uid=name).first()
    if found is None:
        raise InvalidInput(field=field, reason="unknown")
    return found


def sent(form: Any, request: Request) -> dict[str, Any]:
    """The checked body of a request."""
    filled = form(data=request.data)
    filled.is_valid(raise_exception=True)
    data: dict[str, Any] = dict(filled.validated_data)
    return data


class CommitteeOne(APIView):
    @extend_schema(responses=shapes.CommitteeShape, operation_id="committee_retrieve")
    def get(self, request: Request) -> Response:
        """Seats, charter, policies and access rules; charter and policies also in plain words, en and zh."""
        body = selectors.committee()
        if body is None:
            raise NoCommittee
        return Response(shapes.committee_shape(selectors.committee_view(body)))


class CommitteeFound(APIView):
    @extend_schema(request=shapes.FoundingWrite, responses={201: shapes.CommitteeShape})
    def post(self, request: Request) -> Response:
        """Found the committee: charter, seats, policies, access rules in one act, possible once."""
        data = sent(shapes.FoundingWrite, request)
        plan = actions.Founding(
            code=data["code"],
            name=data["name"],
            name_zh=data["name_zh"],
            secretary=person_named("secretary", data["secretary"]) if data["secretary"] else None,
            calendar=data["calendar"],
            charter=data["charter"],
            seats=[_seat(seat) for seat in data["seats"]],
            policies=[actions.PolicySpec(p["title"], p["title_zh"], p["document"]) for p in data["policies"]],
            access=data["access"],
        )
        body = actions.committee_found(actor=actor_of(request), plan=plan)
        shape = shapes.committee_shape(selectors.committee_view(body))
        return Response(shape, status=status.HTTP_201_CREATED)


def _seat(seat: dict[str, Any]) -> actions.SeatSpec:
    return actions.SeatSpec(
        code=seat["seat"],
        member=person_named("seats.member", seat["member"]),
        role=seat["role"],
        functions=tuple(seat["functions"]),
        team=team_named("seats.team", seat["team"]) if seat["team"] else None,
        term_from=seat["term_from"].isoformat(),
        term_to=seat["term_to"].isoformat() if seat["term_to"] else "",
        alternate=person_named("seats.alternate", seat["alternate"]) if seat["alternate"] else None,
    )


class CaseList(generics.ListAPIView[Case]):
    serializer_class = shapes.CaseSerializer
    filterset_fields = ("state", "outcome", "action", "purpose", "subject_kind", "subject_id")
    query_extra = ("waiting", "asleep")
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        user = actor_of(self.request)
        rows = selectors.case_list(user)
        if self.request.query_params.get("waiting") in {"1", "true"}:
            rows = rows.filter(pk__in=selectors.waiting_for(user).values("pk"))
        if self.request.query_params.get("asleep") in {"1", "true"}:
            rows = selectors.asleep(rows)
        return rows

    @extend_schema(
        parameters=[
            OpenApiParameter("waiting", bool, description="only those waiting for my ballot"),
            OpenApiParameter("asleep", bool, description="only those nobody moves"),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cases, newest first."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=shapes.CaseCreate, responses={201: shapes.CaseSerializer})
    def post(self, request: Request) -> Response:
        """Raise a case and open it for voting."""
        data = sent(shapes.CaseCreate, request)
        case = actions.case_open(
            actor=actor_of(request),
            action=data["action"],
            subject=SubjectRef(data["subject"]["kind"], data["subject"]["id"]),
            purpose=data["purpose"],
            team=team_named("team", data["team"]),
            terms=data["terms"],
            reason=data["reason"],
            predecessor=case_of(request, data["predecessor"]) if data["predecessor"] else None,
        )
        return Response(shapes.CaseSerializer(case).data, status=status.HTTP_201_CREATED)


class CaseOne(APIView):
    @extend_schema(responses=shapes.CaseSerializer)
    def get(self, request: Request, uid: str) -> Response:
        """One case."""
        return Response(shapes.CaseSerializer(case_of(request, uid)).data)


class Act(APIView):
    """An act on a case: its body is checked, the action called, the case answered."""

    def carry_out(
        self, request: Request, uid: str, form: Any, act: Callable[..., Case], **more: Any
    ) -> Response:
        data = sent(form, request) if form else {}
        case = act(actor=actor_of(request), case=case_of(request, uid), **data, **more)
        return Response(shapes.CaseSerializer(case).data)


class Ballots(Act):
    @extend_schema(request=shapes.BallotWrite, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Cast or change one's ballot; a refusal carries the engine's code (committee-rules §5)."""
        return self.carry_out(request, uid, shapes.BallotWrite, actions.ballot_cast)


class Return(Act):
    @extend_schema(request=shapes.ReasonWrite, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Return for information: the presiding member only; the clock stops."""
        return self.carry_out(request, uid, shapes.ReasonWrite, actions.case_return)


class Resume(Act):
    @extend_schema(request=None, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Resume a returned case: the requester only."""
        return self.carry_out(request, uid, None, actions.case_resume)


class Withdraw(Act):
    @extend_schema(request=None, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Withdraw: the requester only, until the case is closed."""
        return self.carry_out(request, uid, None, actions.case_withdraw)


class Conflicts(Act):
    @extend_schema(request=shapes.ConflictWrite, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Declare a conflict: one's own, or for presiding member and secretary another's."""
        data = sent(shapes.ConflictWrite, request)
        actor = actor_of(request)
        member = person_named("member", data["member"]) if data.get("member") else actor
        case = case_of(request, uid)
        done = actions.conflict_declare(actor=actor, case=case, member=member, reason=data["reason"])
        return Response(shapes.CaseSerializer(done).data)


class Condition(Act):
    @extend_schema(request=shapes.EvidenceWrite, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str, condition: str) -> Response:
        """Confirm a condition as met: presiding member or secretary, never its owner."""
        act = actions.condition_confirm
        return self.carry_out(request, uid, shapes.EvidenceWrite, act, condition=condition)


class Revoke(Act):
    @extend_schema(request=shapes.ReasonWrite, responses=shapes.CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Revoke the permit for good: presiding member or secretary."""
        return self.carry_out(request, uid, shapes.ReasonWrite, actions.permit_revoke)


class DossierOne(APIView):
    @extend_schema(responses={(200, "application/json"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, uid: str) -> HttpResponse:
        """The frozen evidence, byte for byte; its ETag is its digest."""
        dossier = case_of(request, uid).dossier
        tag = f'"{dossier.digest}"'
        if tag in [part.strip() for part in request.headers.get("If-None-Match", "").split(",")]:
            answer = HttpResponse(status=status.HTTP_304_NOT_MODIFIED)
        else:
            answer = HttpResponse(bytes(dossier.content), content_type="application/json")
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache"
        patch_vary_headers(answer, ("Authorization", "Cookie"))
        return answer


class Tally(APIView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, uid: str) -> Response:
        """The engine's answer for the asker (committee-rules §13); sealed ballots stay hidden (§9)."""
        return Response(selectors.tally_for(actor_of(request), case_of(request, uid)))


class Events(APIView):
    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request, uid: str) -> Response:
        """What happened in the case, as the asker may see it; newest first."""
        view = selectors.case_view(actor_of(request), case_of(request, uid))
        return Response({"events": [selectors.event_dict(line) for line in view.events]})
