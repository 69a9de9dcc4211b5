"""The REST API of drafts: each edit names the text it was made on (`If-Match`), as pages do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance import actions, selectors
from governance.api import draft_shapes as given
from governance.api import serializers as shapes
from governance.exceptions import InvalidInput, NotFound
from governance.models import DraftEdit, StandardVersion, User
from governance.standard_text import EXPORTS, export_standard

MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="digest of the text the edit is made on; another one now is refused as standard_stale",
)


class DraftView(APIView):
    """One version of a standard the caller may see, and the digest they name."""

    def version(self, uid: str) -> StandardVersion:
        """Raises NotFound."""
        rows = StandardVersion.objects.visible_to(self.request.user).select_related("standard", "created_by")
        found = rows.filter(uid=uid).first()
        if found is None:
            raise NotFound
        return found

    def caller(self) -> User:
        if not isinstance(self.request.user, User):
            raise NotFound
        return self.request.user

    def edited(self, uid: str, changes: Sequence[dict[str, Any]], code: int = status.HTTP_200_OK) -> Response:
        """Make changes to a draft; answers with the version as it is then."""
        version = actions.standard_edit(
            actor=self.caller(), version=self.version(uid), digest=matched(self.request), changes=changes
        )
        return Response(shapes.StandardVersionSerializer(version).data, status=code)


def matched(request: Request) -> str:
    """The digest in `If-Match`. Raises InvalidInput where none is named."""
    digest = request.headers.get("If-Match", "").strip().strip('"')
    if not digest:
        raise InvalidInput(field="If-Match", reason=_("the digest of the text the edit is made on"))
    return digest


def sent(shape: type[Any], request: Request, *, partial: bool = False) -> dict[str, Any]:
    body = shape(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def named(body: dict[str, Any]) -> dict[str, Any]:
    """As changes name things: the object is `object`."""
    if "object_name" in body:
        body["object"] = body.pop("object_name")
    return body


class Branch(DraftView):
    @extend_schema(request=given.BranchWrite, responses={201: shapes.StandardVersionSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Start a draft from a version; without a number it gets the next free minor one."""
        version = actions.standard_branch(
            actor=self.caller(), version=self.version(uid), **sent(given.BranchWrite, request)
        )
        return Response(shapes.StandardVersionSerializer(version).data, status=status.HTTP_201_CREATED)


class RuleOne(DraftView):
    @extend_schema(parameters=[MATCH], request=given.RulePatch, responses=shapes.StandardVersionSerializer)
    def patch(self, request: Request, uid: str, object_name: str, rule_id: str) -> Response:
        """Change a rule: what is left out stays, null takes it away; `parameters` are replaced as a whole."""
        change = named(sent(given.RulePatch, request, partial=True))
        return self.edited(uid, [{**change, "do": "rule_change", "object": object_name, "rule": rule_id}])

    @extend_schema(parameters=[MATCH], request=None, responses=shapes.StandardVersionSerializer)
    def delete(self, request: Request, uid: str, object_name: str, rule_id: str) -> Response:
        """Take a rule out of a draft."""
        return self.edited(uid, [{"do": "rule_remove", "object": object_name, "rule": rule_id}])


class ColumnOne(DraftView):
    @extend_schema(parameters=[MATCH], request=given.ColumnWrite, responses=shapes.StandardVersionSerializer)
    def put(self, request: Request, uid: str, object_name: str, column: str) -> Response:
        """Set what is named of a declared column, or add it. null takes a key away."""
        values = sent(given.ColumnWrite, request, partial=True)
        held = {(c["object"], c["name"]) for c in self.version(uid).compiled.get("columns", [])}
        do = "column_set" if (object_name, column) in held else "column_add"
        return self.edited(uid, [{"do": do, "object": object_name, "column": column, "values": values}])

    @extend_schema(parameters=[MATCH], request=None, responses=shapes.StandardVersionSerializer)
    def delete(self, request: Request, uid: str, object_name: str, column: str) -> Response:
        """Take a declared column out of a draft."""
        return self.edited(uid, [{"do": "column_remove", "object": object_name, "column": column}])


class Export(DraftView):
    @extend_schema(
        parameters=[OpenApiParameter("object", description="of several objects, the one wanted")],
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request, uid: str, form: str) -> HttpResponse:
        """The version as a file: `odcs` (the stored bytes), `pandera-python` or `pandera-yaml`."""
        document = bytes(self.version(uid).document)
        if form == "odcs":
            return HttpResponse(document, content_type="application/yaml")
        if form not in EXPORTS:
            raise NotFound
        text = export_standard(document, request.query_params.get("object", ""), form)
        return HttpResponse(text, content_type="text/plain; charset=utf-8")


class Text(DraftView):
    @extend_schema(parameters=[MATCH], request=given.TextWrite, responses=shapes.StandardVersionSerializer)
    def put(self, request: Request, uid: str) -> Response:
        """Put a whole document in the place of a draft's text."""
        document = sent(given.TextWrite, request)["document"].encode()
        version = actions.standard_rewrite(
            actor=self.caller(), version=self.version(uid), digest=matched(self.request), document=document
        )
        return Response(shapes.StandardVersionSerializer(version).data)


class EditList(DraftView, ListAPIView):  # type: ignore[type-arg]
    """The edits of a draft, newest first."""

    serializer_class = given.EditSerializer

    def get_queryset(self) -> QuerySet[DraftEdit]:
        if getattr(self, "swagger_fake_view", False):
            return DraftEdit.objects.none()
        return selectors.edits_of(self.version(self.kwargs["uid"]))


class EditRestore(DraftView):
    @extend_schema(parameters=[MATCH], request=None, responses=shapes.StandardVersionSerializer)
    def post(self, request: Request, uid: str, edit: int) -> Response:
        """Put the text before an edit back."""
        version = self.version(uid)
        found = DraftEdit.objects.filter(version=version, pk=edit).first()
        if found is None:
            raise NotFound
        stored = actions.standard_restore(
            actor=self.caller(), version=version, digest=matched(self.request), edit=found
        )
        return Response(shapes.StandardVersionSerializer(stored).data)
