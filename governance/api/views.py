"""The REST API of governance. Reads are scoped, writes call actions; errors are problem+json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance import actions, registry, selectors
from governance.api import draft_shapes as given
from governance.api import organisation_shapes as changed
from governance.api import serializers as shapes
from governance.api.drafts import MATCH, matched, named, sent
from governance.api.organisation import patched
from governance.api.pagination import CursorPagination
from governance.choices import UserKind
from governance.exceptions import NotFound, StandardInvalid
from governance.models import (
    ApiToken,
    Decision,
    Department,
    LedgerEntry,
    Permit,
    Rule,
    Standard,
    StandardVersion,
    Team,
    User,
)
from governance.permissions import may_manage_people
from governance.standard_text import rule_kinds
from governance.subject_ref import SubjectRef


def caller(request: Request) -> User:
    """The authenticated user; DRF's permission class has refused everybody else."""
    if not isinstance(request.user, User):
        raise NotFound
    return request.user


class InOrder(CursorPagination):
    """In the order of the document."""

    ordering = "id"


class ReadOnly(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """List and retrieve by uid; never update or destroy."""

    lookup_field = "uid"


class UserViewSet(ReadOnly):
    queryset = User.objects.select_related("department").order_by("-id")
    serializer_class = shapes.UserSerializer
    filterset_fields = ("department__code", "kind", "is_active")

    @extend_schema(request=shapes.UserCreate, responses={201: shapes.UserSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.UserCreate(data=request.data)
        body.is_valid(raise_exception=True)
        user = actions.person_create(actor=caller(request), **body.validated_data)
        return Response(shapes.UserSerializer(user).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=changed.UserChange, responses=shapes.UserSerializer)
    def partial_update(self, request: Request, uid: str) -> Response:
        """Change what is known of a person; fields left out stay."""
        user = self.get_object()
        actions.person_change(actor=caller(request), user=user, **patched(changed.UserChange, request, user))
        return Response(shapes.UserSerializer(user).data)

    @extend_schema(responses=shapes.UserSerializer)
    @action(detail=False)
    def me(self, request: Request) -> Response:
        return Response(shapes.UserSerializer(caller(request)).data)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, uid: str) -> Response:
        actions.person_deactivate(actor=caller(request), user=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class TeamViewSet(ReadOnly):
    queryset = Team.objects.order_by("-id")
    serializer_class = shapes.TeamSerializer

    @extend_schema(request=shapes.TeamCreate, responses={201: shapes.TeamSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.TeamCreate(data=request.data)
        body.is_valid(raise_exception=True)
        team = actions.team_create(actor=caller(request), **body.validated_data)
        return Response(shapes.TeamSerializer(team).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=changed.TeamChange, responses=shapes.TeamSerializer)
    def partial_update(self, request: Request, uid: str) -> Response:
        """Rename a team or give it another function; fields left out stay."""
        team = self.get_object()
        actions.team_change(actor=caller(request), team=team, **patched(changed.TeamChange, request, team))
        return Response(shapes.TeamSerializer(team).data)

    @extend_schema(request=shapes.MemberAdd, responses={204: None})
    @action(detail=True, methods=["post"])
    def members(self, request: Request, uid: str) -> Response:
        body = shapes.MemberAdd(data=request.data)
        body.is_valid(raise_exception=True)
        actions.membership_start(actor=caller(request), team=self.get_object(), **body.validated_data)
        return Response(status=status.HTTP_204_NO_CONTENT)


class DepartmentViewSet(ReadOnly):
    queryset = Department.objects.select_related("parent", "head").order_by("-id")
    serializer_class = shapes.DepartmentSerializer

    @extend_schema(request=shapes.DepartmentSerializer, responses={201: shapes.DepartmentSerializer})
    def create(self, request: Request) -> Response:
        body = shapes.DepartmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = actions.department_create(actor=caller(request), **body.validated_data)
        return Response(shapes.DepartmentSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=changed.DepartmentChange, responses=shapes.DepartmentSerializer)
    def partial_update(self, request: Request, uid: str) -> Response:
        """Rename or move a department, or name its head; fields left out stay."""
        row = self.get_object()
        given = patched(changed.DepartmentChange, request, row)
        actions.department_change(actor=caller(request), department=row, **given)
        return Response(shapes.DepartmentSerializer(row).data)


class TokenViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[ApiToken]):
    """One's own tokens; for the governance team those of service accounts too."""

    queryset = ApiToken.objects.order_by("-id")
    serializer_class = shapes.TokenSerializer
    lookup_field = "uid"

    def get_queryset(self) -> QuerySet[ApiToken]:
        user = caller(self.request)
        mine = Q(user=user)
        if may_manage_people(user):
            mine |= Q(user__kind=UserKind.SERVICE)
        return ApiToken.objects.filter(mine).select_related("user").order_by("-id")

    @extend_schema(request=shapes.TokenIssue, responses={201: shapes.TokenIssued})
    def create(self, request: Request) -> Response:
        body = shapes.TokenIssue(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        user = given.pop("user") or caller(request)
        row, text = actions.token_issue(actor=caller(request), user=user, **given)
        answer = {**shapes.TokenSerializer(row).data, "token": text}
        return Response(answer, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, uid: str) -> Response:
        actions.token_revoke(actor=caller(request), token=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


class StandardViewSet(ReadOnly):
    queryset = Standard.objects.order_by("-id")
    serializer_class = shapes.StandardSerializer
    filterset_fields = ["name"]

    def get_queryset(self) -> QuerySet[Standard]:
        return Standard.objects.visible_to(self.request.user).select_related("owner").order_by("-id")

    @extend_schema(request=shapes.StandardDraft, responses={201: shapes.StandardVersionSerializer})
    def create(self, request: Request) -> Response:
        """Draft a version; a new name opens the standard."""
        body = shapes.StandardDraft(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        document = given.pop("document").encode()
        version = actions.standard_draft(actor=caller(request), document=document, **given)
        return Response(shapes.StandardVersionSerializer(version).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=given.KindSerializer(many=True))
    @action(detail=False, filterset_fields=[], pagination_class=None)
    def kinds(self, request: Request) -> Response:
        """Every kind of rule with its parameters."""
        return Response(given.KindSerializer(list(rule_kinds().values()), many=True).data)

    @extend_schema(request=given.LintWrite, responses=given.LintAnswer)
    @action(detail=False, methods=["post"], filterset_fields=[], pagination_class=None)
    def lint(self, request: Request) -> Response:
        """What a document says, after changes: rules, warnings, the first fault. Nothing is stored."""
        body = sent(given.LintWrite, request)
        try:
            text = actions.standard_lint(
                actor=caller(request), document=body["document"].encode(), changes=body["changes"]
            )
        except StandardInvalid as error:
            return Response(_faulty(error))
        plain = {**asdict(text), "document": text.document.decode(), "errors": []}
        return Response(given.LintAnswer(plain).data)


def _faulty(error: StandardInvalid) -> dict[str, Any]:
    """The answer of lint to a text that does not compile, in its one shape."""
    params = error.params
    fault = {
        "code": str(params.get("engine_code") or error.code),
        "message": str(params.get("sentence") or params.get("detail", "")),
        "place": str(params.get("place") or params.get("parameter") or ""),
    }
    nothing: dict[str, Any] = {key: [] for key in ("rules", "columns", "kept", "warnings")}
    return {"errors": [fault], "version": "", "digest": "", "document": "", "touched": None, **nothing}


class StandardVersionViewSet(ReadOnly):
    queryset = StandardVersion.objects.order_by("-id")
    serializer_class = shapes.StandardVersionSerializer
    filterset_fields = ["status", "standard__name"]

    def get_queryset(self) -> QuerySet[StandardVersion]:
        rows = StandardVersion.objects.visible_to(self.request.user).defer("document")
        return rows.select_related("standard", "created_by", "base").defer("base__document").order_by("-id")

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.BINARY})
    @action(detail=True)
    def document(self, request: Request, uid: str) -> HttpResponse:
        """The bytes exactly as given."""
        return HttpResponse(bytes(self.get_object().document), content_type="application/yaml")

    @extend_schema(responses=shapes.RuleSerializer(many=True))
    @action(detail=True, filterset_fields=[], pagination_class=InOrder)
    def rules(self, request: Request, uid: str) -> Response:
        rows = Rule.objects.filter(version=self.get_object())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(shapes.RuleSerializer(page, many=True).data)

    @extend_schema(
        parameters=[MATCH], request=given.RuleWrite, responses={201: shapes.StandardVersionSerializer}
    )
    @rules.mapping.post
    def rule_add(self, request: Request, uid: str) -> Response:
        """Add a rule to a draft."""
        change = {"do": "rule_add", **named(sent(given.RuleWrite, request))}
        version = actions.standard_edit(
            actor=caller(request), version=self.get_object(), digest=matched(request), changes=[change]
        )
        return Response(shapes.StandardVersionSerializer(version).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=shapes.StandardVersionSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, uid: str) -> Response:
        version = actions.standard_propose(actor=caller(request), version=self.get_object())
        return Response(shapes.StandardVersionSerializer(version).data)


class DecisionViewSet(ReadOnly):
    queryset = Decision.objects.order_by("-id")
    serializer_class = shapes.DecisionSerializer
    filterset_fields = ["action", "outcome", "subject_id", "case_id"]


class PermitViewSet(ReadOnly):
    queryset = Permit.objects.order_by("-id")
    serializer_class = shapes.PermitSerializer
    filterset_fields = ["action", "subject_id", "case_id", "holder"]

    def get_queryset(self) -> QuerySet[Permit]:
        return selectors.permits_visible_to(caller(self.request)).order_by("-id")

    @extend_schema(responses=shapes.PermitUseSerializer(many=True))
    @action(detail=True, filterset_fields=[])
    def uses(self, request: Request, uid: str) -> Response:
        rows = self.get_object().uses.select_related("actor").order_by("-id")
        return self.get_paginated_response(
            shapes.PermitUseSerializer(self.paginate_queryset(rows), many=True).data
        )


class LedgerPagination(CursorPagination):
    ordering = "-seq"


class LedgerViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[LedgerEntry]):
    """Entries a reader may see; hidden ones keep their place in the chain, without subject and data."""

    queryset = LedgerEntry.objects.all()
    serializer_class = shapes.LedgerEntrySerializer
    pagination_class = LedgerPagination
    filterset_fields = ["type", "subject_id", "accepted"]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        seen = registry.titles_for(caller(request), (SubjectRef(e.subject_kind, e.subject_id) for e in page))
        return self.get_paginated_response([_shown(entry, seen) for entry in page])

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A filter by subject must not tell which of the hidden entries are about it."""
        rows = super().filter_queryset(queryset)
        uid = self.request.query_params.get("subject_id", "")
        return rows.filter(selectors.entries_about(caller(self.request), uid)) if uid else rows

    @extend_schema(responses=shapes.LedgerStateSerializer)
    @action(detail=False, filterset_fields=[], pagination_class=None)
    def verify(self, request: Request) -> Response:
        """The last verdict on the chain, and the recomputation that goes on now, if one does."""
        return Response(shapes.LedgerStateSerializer(selectors.ledger_state()).data)

    @extend_schema(request=None, responses={202: shapes.LedgerCheckSerializer})
    @verify.mapping.post
    def check(self, request: Request) -> Response:
        """Have the chain recomputed by a worker; one at a time."""
        check = actions.ledger_check_ask(actor=caller(request))
        return Response(shapes.LedgerCheckSerializer(check).data, status=status.HTTP_202_ACCEPTED)


def _shown(entry: LedgerEntry, seen: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    body = dict(shapes.LedgerEntrySerializer(entry).data)
    known = registry.kind_of(entry.subject_kind) is not None
    if known and (entry.subject_kind, entry.subject_id) not in seen:
        body |= {"subject_id": "", "subject_digest": "", "data": "", "salt": "", "actor": ""}
    return body
