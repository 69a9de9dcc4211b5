"""The committee's law over the API: texts, drafting and deciding them, lint, rehearsal, effective rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import actions, selectors
from committee.api.views import actor_of, sent
from committee.choices import CaseAction, LawKind
from committee.exceptions import NoCommittee
from committee.models import Committee, LawText
from governance.exceptions import InvalidInput

WHICH = OpenApiParameter("committee", str, description="code; the first committee where left out")
PURPOSE = r"^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,79}\Z"


class LawSerializer(serializers.ModelSerializer[LawText]):
    committee = serializers.CharField(source="committee.code", read_only=True)
    created_by = serializers.CharField(source="created_by.username", default=None, read_only=True)

    class Meta:
        model = LawText
        fields: tuple[str, ...] = (
            "uid",
            "committee",
            "kind",
            "code",
            "number",
            "title",
            "title_zh",
            "note",
            "digest",
            "repeals",
            "status",
            "created_by",
            "contributors",
            "created_at",
            "proposed_at",
            "adopted_at",
            "adopted_by",
        )
        read_only_fields: tuple[str, ...] = fields


class ChangeShape(serializers.Serializer[Any]):
    op = serializers.CharField()
    parameter = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class LintLineShape(serializers.Serializer[Any]):
    tone = serializers.CharField(help_text="bad: such cases never pass; warn: one absence is enough")
    codes = serializers.ListField(child=serializers.CharField())
    new = serializers.BooleanField(help_text="it does not hold under the law in force")
    en = serializers.CharField()
    zh = serializers.CharField()


class LintShape(serializers.Serializer[Any]):
    kinds = serializers.IntegerField(help_text="kinds of case tried")
    fatal = serializers.BooleanField(help_text="it cannot be proposed")
    findings = LintLineShape(many=True)


class DifferenceShape(serializers.Serializer[Any]):
    case = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    reasons_before = serializers.ListField(child=serializers.CharField())
    reasons_after = serializers.ListField(child=serializers.CharField())


class RehearsalShape(serializers.Serializer[Any]):
    known = serializers.IntegerField()
    replayed = serializers.IntegerField()
    differences = DifferenceShape(many=True)


class LawDetailSerializer(LawSerializer):
    """One text with its document and what it says, in both languages."""

    document = serializers.SerializerMethodField()
    en = serializers.SerializerMethodField()
    zh = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField()
    waits_for = serializers.SerializerMethodField()

    class Meta(LawSerializer.Meta):
        fields = (*LawSerializer.Meta.fields, "document", "en", "zh", "changes", "waits_for")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_document(self, text: LawText) -> dict[str, Any]:
        return text.data

    def get_en(self, text: LawText) -> list[str]:
        return list(selectors.law_words(text).en)

    def get_zh(self, text: LawText) -> list[str]:
        return list(selectors.law_words(text).zh)

    @extend_schema_field(ChangeShape(many=True))
    def get_changes(self, text: LawText) -> list[dict[str, str]]:
        """Against the version in force."""
        return [change.as_dict() for change in selectors.law_changes(text)]

    def get_waits_for(self, text: LawText) -> str:
        """What keeps it from coming into force although it was approved; empty for nothing."""
        return selectors.law_wait_words(text)


class LawWrite(serializers.Serializer[Any]):
    document = serializers.DictField(
        help_text="as the kind wants it; people by uid or username, teams by code"
    )
    title = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    title_zh = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    repeals = serializers.BooleanField(
        required=False, default=False, help_text="once in force it ends the policy, or leaves the place empty"
    )


class LawDraft(LawWrite):
    kind = serializers.ChoiceField(choices=LawKind.choices)
    committee = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class LawEdit(LawWrite):
    digest = serializers.CharField(
        max_length=80, required=False, default="", allow_blank=True, help_text="of the text it is edited from"
    )


def text_of(request: Request, uid: str) -> LawText:
    text = selectors.law_by_uid(actor_of(request), uid.replace("\x00", ""))
    if text is None:
        raise Http404
    return text


def committee_named(code: str) -> Committee:
    found = selectors.committee_of(code.replace("\x00", ""))
    if found is None:
        raise InvalidInput(field="committee", reason="unknown") if code else NoCommittee()
    return found


class LawList(generics.ListAPIView[LawText]):
    serializer_class = LawSerializer
    filterset_fields = ("kind", "status", "code", "committee__code")
    queryset = LawText.objects.none()

    def get_queryset(self) -> QuerySet[LawText]:
        if getattr(self, "swagger_fake_view", False):
            return LawText.objects.none()
        return selectors.law_list(actor_of(self.request))

    @extend_schema(operation_id="law_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every version of every text."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=LawDraft, responses={201: LawDetailSerializer}, operation_id="law_draft")
    def post(self, request: Request) -> Response:
        """Store the next version of a text as a draft: governance team."""
        data = sent(LawDraft, request)
        committee = committee_named(data.pop("committee"))
        text = actions.law_draft(actor=actor_of(request), committee=committee, **data)
        return Response(LawDetailSerializer(text).data, status=status.HTTP_201_CREATED)


class LawOne(APIView):
    @extend_schema(responses=LawDetailSerializer, operation_id="law_retrieve")
    def get(self, request: Request, uid: str) -> Response:
        """One version with its document, in plain words of both languages."""
        return Response(LawDetailSerializer(text_of(request, uid)).data)

    @extend_schema(request=LawEdit, responses=LawDetailSerializer, operation_id="law_edit")
    def put(self, request: Request, uid: str) -> Response:
        """Give a draft another text."""
        data = sent(LawEdit, request)
        text = actions.law_edit(actor=actor_of(request), text=text_of(request, uid), **data)
        return Response(LawDetailSerializer(text).data)


class LawPropose(APIView):
    @extend_schema(request=None, responses=LawDetailSerializer, operation_id="law_propose")
    def post(self, request: Request, uid: str) -> Response:
        """Freeze a draft, so that a case may be opened about it."""
        text = actions.law_propose(actor=actor_of(request), text=text_of(request, uid))
        return Response(LawDetailSerializer(text).data)


class LawDrop(APIView):
    @extend_schema(request=None, responses=LawDetailSerializer, operation_id="law_drop")
    def post(self, request: Request, uid: str) -> Response:
        """Give up a version that is not in force."""
        text = actions.law_drop(actor=actor_of(request), text=text_of(request, uid))
        return Response(LawDetailSerializer(text).data)


class LawAdopt(APIView):
    @extend_schema(request=None, responses=LawDetailSerializer, operation_id="law_adopt")
    def post(self, request: Request, uid: str) -> Response:
        """Put a decided version into force now, while its permit is active; the clock does the same."""
        text = actions.law_adopt(actor=actor_of(request), text=text_of(request, uid))
        return Response(LawDetailSerializer(text).data)


class LawLint(APIView):
    @extend_schema(responses=LintShape, operation_id="law_lint")
    def get(self, request: Request, uid: str) -> Response:
        """Can cases still pass with this version in force: made-up cases tried by the engine."""
        found = selectors.law_lint(text_of(request, uid))
        lines = [line.as_dict() for line in found.lines]
        return Response({"kinds": found.kinds, "fatal": found.fatal, "findings": lines})


class LawRehearsal(APIView):
    @extend_schema(responses=RehearsalShape, operation_id="law_rehearsal")
    def get(self, request: Request, uid: str) -> Response:
        """Which past cases would have ended otherwise under this version; at most the latest 200."""
        found = selectors.law_rehearsal(text_of(request, uid))
        differences = [difference.as_dict() for difference in found.differences]
        return Response({"known": found.known, "replayed": found.replayed, "differences": differences})


class RulesQuery(serializers.Serializer[Any]):
    """Which case."""

    committee = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    action = serializers.ChoiceField(choices=CaseAction.choices)
    level = serializers.IntegerField(min_value=1, max_value=5)
    purpose = serializers.RegexField(PURPOSE, required=False, default="", allow_blank=True)
    rows_changed = serializers.IntegerField(min_value=0, max_value=10**15, required=False, default=0)
    rows_total = serializers.IntegerField(min_value=0, max_value=10**15, required=False, default=0)
    models = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False, default=0)


class OtherShape(serializers.Serializer[Any]):
    text = serializers.CharField()
    value = serializers.JSONField()


class SourceShape(serializers.Serializer[Any]):
    parameter = serializers.CharField()
    value = serializers.JSONField()
    words = serializers.CharField()
    texts = serializers.ListField(child=serializers.CharField(), help_text="charter, or ids of policies")
    others = OtherShape(many=True, help_text="what other texts say, which is overruled")


class RulesShape(serializers.Serializer[Any]):
    summary = serializers.CharField()
    policies = serializers.ListField(child=serializers.CharField())
    rules = SourceShape(many=True)


class RulesOne(APIView):
    @extend_schema(parameters=[RulesQuery], responses=RulesShape, operation_id="law_rules")
    def get(self, request: Request) -> Response:
        """The rules a case would be decided by today: the strictest of charter and policies, with sources."""
        asked = RulesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        data = dict(asked.validated_data)
        committee = committee_named(data.pop("committee"))
        return Response(rules_shape(selectors.rules_for(committee, selectors.RuleQuestion(**data))))


def rules_shape(view: selectors.RulesView) -> dict[str, Any]:
    """Effective rules as programs read them."""
    rules = [
        {
            "parameter": source.parameter,
            "value": source.value,
            "words": row.words,
            "texts": list(source.texts),
            "others": [{"text": text, "value": value} for text, value in source.others],
        }
        for source, row in zip(view.sources, view.rows, strict=True)
    ]
    return {"summary": view.summary, "policies": list(view.policies), "rules": rules}
