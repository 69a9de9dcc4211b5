"""The organisation over the API: changes of what there is, memberships over time, a file of people."""

from __future__ import annotations

from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import parsers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance import actions, people_file
from governance.api import organisation_shapes as shapes
from governance.exceptions import InvalidInput, NotFound
from governance.models import Membership, User
from governance.selectors import organisation

ASKED = {"dry_run", "digest", "format"}


def caller(request: Request) -> User:
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


def patched(form: Any, request: Request, row: Any) -> dict[str, Any]:
    """All fields of a change: what was sent over what there is."""
    body = form(data=request.data, partial=True)
    body.is_valid(raise_exception=True)
    return {name: getattr(row, name) for name in form().fields} | dict(body.validated_data)


class CsvParser(parsers.BaseParser):
    """The bytes of a CSV, one more than is allowed at most, so that too many are seen as such."""

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return stream.read(people_file.MOST_BYTES + 1)


class PeopleImport(APIView):
    parser_classes = (CsvParser,)

    @extend_schema(
        parameters=[
            OpenApiParameter("dry_run", bool, description="1: only say what each row would do"),
            OpenApiParameter("digest", str, description="of the dry run; needed to import"),
        ],
        request={("text/csv"): OpenApiTypes.BINARY},
        responses=shapes.ImportShape,
        operation_id="users_import",
    )
    def post(self, request: Request) -> Response:
        """Departments, teams, people and memberships in one CSV: dry run first, then all rows or none."""
        unknown = sorted(set(request.query_params) - ASKED)
        if unknown:
            raise ValidationError({name: ["unknown"] for name in unknown})
        content: Any = request.data or b""  # no body is no file
        if request.query_params.get("dry_run") in {"1", "true"}:
            plan = actions.people_import_check(actor=caller(request), content=content)
        else:
            digest = request.query_params.get("digest", "")
            plan = actions.people_import(actor=caller(request), content=content, digest=digest)
        return Response(shapes.ImportShape(plan).data)


class PeopleExport(APIView):
    @extend_schema(
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
        operation_id="users_export",
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The same file, for spreadsheets: no cell is a formula."""
        rows = actions.people_export(actor=caller(request))
        return StreamingHttpResponse(people_file.write(rows), content_type="text/csv; charset=utf-8")


class _Memberships(ListAPIView[Membership]):
    serializer_class = shapes.MembershipShape
    queryset = Membership.objects.none()


class TeamMemberships(_Memberships):
    @extend_schema(operation_id="team_memberships")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who belonged to the team from when to when; newest first."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        team = organisation.team_by_uid(self.kwargs.get("uid", ""))
        if team is None:
            raise NotFound
        return organisation.memberships_of(team=team)


class UserMemberships(_Memberships):
    @extend_schema(operation_id="user_memberships")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The teams of a person over time; newest first."""
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        user = organisation.user_by_uid(self.kwargs.get("uid", ""))
        if user is None:
            raise NotFound
        return organisation.memberships_of(user=user)


class TeamLeave(APIView):
    @extend_schema(request=shapes.MembershipEnd, responses={204: None}, operation_id="team_leave")
    def post(self, request: Request, uid: str) -> Response:
        """End the running membership of a person."""
        team = organisation.team_by_uid(uid)
        if team is None:
            raise NotFound
        body = shapes.MembershipEnd(data=request.data)
        body.is_valid(raise_exception=True)
        held = organisation.memberships_of(team=team, user=body.validated_data["user"]).filter(until=None)
        membership = held.first()
        if membership is None:
            raise InvalidInput(field="user", reason="not_a_member")
        until = body.validated_data["until"]
        actions.membership_end(actor=caller(request), membership=membership, until=until)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserReactivate(APIView):
    @extend_schema(request=shapes.ReactivateWrite, responses={204: None}, operation_id="user_reactivate")
    def post(self, request: Request, uid: str) -> Response:
        """Let somebody who left back in."""
        user = organisation.user_by_uid(uid)
        if user is None:
            raise NotFound
        body = shapes.ReactivateWrite(data=request.data)
        body.is_valid(raise_exception=True)
        actions.person_reactivate(actor=caller(request), user=user, **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)
