"""API of a version's profile and of the rules it speaks for."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import actions
from catalog.api import suggestion_shapes as shapes
from catalog.api.base import SeenList, SeenOne, actor_of, seen
from catalog.models import DatasetVersion, RuleSuggestion
from catalog.selectors import diffs, profiles

RELATED = ("version", "run", "reply__by", "reply__standard_version")
ANSWER_RELATED = ("version__dataset__standard", "run__standard_version__standard", "reply")


class ProfileOne(APIView):
    @extend_schema(responses=shapes.ProfileSerializer)
    def get(self, request: Request, uid: str) -> Response:
        """Statistics of every column, masked like the report, beside the version before."""
        version: DatasetVersion = seen(DatasetVersion, actor_of(request), uid, "dataset")
        before = diffs.version_before(version)
        found = {
            "version": version.uid,
            "before": before.uid if before else None,
            "rows": version.rows,
            "columns": profiles.profile_rows(version, before),
        }
        return Response(shapes.ProfileSerializer(found).data)


class SuggestionList(SeenList):
    model = RuleSuggestion
    related = RELATED
    serializer_class = shapes.SuggestionSerializer
    filterset_class = shapes.SuggestionFilters


class SuggestionOne(SeenOne):
    model = RuleSuggestion
    related = RELATED
    serializer_class = shapes.SuggestionSerializer


class SuggestionAccept(APIView):
    @extend_schema(request=None, responses=shapes.AcceptedSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Put the rule into the newest draft of the dataset's standard; one is started if there is none."""
        one: RuleSuggestion = seen(RuleSuggestion, actor_of(request), uid, *ANSWER_RELATED)
        draft = actions.suggestion_accept(actor=actor_of(request), suggestion=one)
        return Response(shapes.AcceptedSerializer(draft).data)


class SuggestionReject(APIView):
    @extend_schema(request=shapes.RejectWrite, responses={201: shapes.AnswerSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Say why the rule is not wanted; its like comes back only when the evidence has changed."""
        form = shapes.RejectWrite(data=request.data)
        form.is_valid(raise_exception=True)
        one: RuleSuggestion = seen(RuleSuggestion, actor_of(request), uid, *ANSWER_RELATED)
        row = actions.suggestion_reject(
            actor=actor_of(request), suggestion=one, reason=form.validated_data["reason"]
        )
        return Response(shapes.AnswerSerializer(row).data, status=status.HTTP_201_CREATED)
