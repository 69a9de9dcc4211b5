"""Around cases over the API: questions, deferral, emergency access, what surrounds a case, the agenda."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import override
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import actions, selectors
from committee.api.serializers import CaseSerializer, ReasonWrite, Text
from committee.api.views import Act, actor_of, case_of, sent
from committee.models import AgendaItem, Answer, GlassRequest, Question
from committee.selectors import CaseAround


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    by = serializers.CharField(source="by.username")

    class Meta:
        model = Answer
        fields = ("uid", "by", "text", "at")
        read_only_fields = fields


class QuestionSerializer(serializers.ModelSerializer[Question]):
    by = serializers.CharField(source="by.username")
    answers = AnswerSerializer(many=True)

    class Meta:
        model = Question
        fields = ("uid", "by", "text", "at", "answers")
        read_only_fields = fields


class TextWrite(serializers.Serializer[Any]):
    text = Text(max_length=actions.LONGEST_QUESTION)


class DeferWrite(ReasonWrite):
    until = serializers.DateField(help_text="voting opens again at the beginning of this day")


class EmergencyWrite(ReasonWrite):
    hours = serializers.IntegerField(min_value=1, max_value=24)


class NoteWrite(serializers.Serializer[Any]):
    note = Text(max_length=4_000)


class EmergencyShape(serializers.ModelSerializer[GlassRequest]):
    """A request that waits for its second person, 60 minutes at most."""

    first = serializers.CharField(source="first.username")

    class Meta:
        model = GlassRequest
        fields = ("uid", "first", "reason", "hours", "at")
        read_only_fields = fields


class AgendaSerializer(serializers.ModelSerializer[AgendaItem]):
    committee = serializers.CharField(source="committee.code")
    subject = serializers.SerializerMethodField()
    dealt_by = serializers.CharField(source="dealt_by.username", default=None, allow_null=True)
    en = serializers.SerializerMethodField()
    zh = serializers.SerializerMethodField()

    class Meta:
        model = AgendaItem
        fields = (
            "uid",
            "committee",
            "code",
            "params",
            "subject",
            "created_at",
            "dealt_at",
            "dealt_by",
            "note",
            "en",
            "zh",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_subject(self, item: AgendaItem) -> dict[str, str]:
        return {"kind": item.subject_kind, "id": item.subject_id}

    def get_en(self, item: AgendaItem) -> str:
        with override("en"):
            return selectors.agenda_words(item)

    def get_zh(self, item: AgendaItem) -> str:
        with override("zh-hans"):
            return selectors.agenda_words(item)


class VoteShape(serializers.Serializer[Any]):
    seat = serializers.CharField()
    via = serializers.ChoiceField(choices=[(via, via) for via in ("own", "alternate", "proxy")])
    person = serializers.CharField(help_text="whose ballot it is")
    voted = serializers.BooleanField()


class HintShape(serializers.Serializer[Any]):
    person = serializers.CharField(source="person.username")
    codes = serializers.ListField(child=serializers.CharField())


class DeclaredShape(serializers.Serializer[Any]):
    person = serializers.CharField()
    reason = serializers.CharField()


class StepShape(serializers.Serializer[Any]):
    name = serializers.CharField()
    tone = serializers.CharField()
    word = serializers.CharField()
    note = serializers.CharField()


class AroundShape(serializers.Serializer[Any]):
    """`votes`: seats the asker may vote for now. `hints`: one's own, all for who keeps the files."""

    votes = VoteShape(many=True)
    hints = HintShape(many=True)
    declared = DeclaredShape(many=True, help_text="conflicts somebody else declared about the asker")
    waiting = EmergencyShape(allow_null=True)
    emergency_until = serializers.DateTimeField(allow_null=True)
    predecessor = serializers.CharField(allow_null=True)
    successors = serializers.ListField(child=serializers.CharField())
    effects = StepShape(many=True)


def around_shape(around: CaseAround) -> dict[str, Any]:
    hints = around.hints or tuple(hint for hint in (around.hint,) if hint)
    return {
        "votes": VoteShape(around.votes, many=True).data,
        "hints": HintShape(hints, many=True).data,
        "declared": DeclaredShape(around.declared, many=True).data,
        "waiting": EmergencyShape(around.waiting).data if around.waiting else None,
        "emergency_until": around.live.permit.valid_until.isoformat() if around.live else None,
        "predecessor": around.earlier.uid if around.earlier else None,
        "successors": [case.uid for case in around.later],
        "effects": StepShape(around.steps, many=True).data,
    }


class Around(APIView):
    @extend_schema(responses=AroundShape, operation_id="cases_around_retrieve")
    def get(self, request: Request, uid: str) -> Response:
        """For the asker: seats to vote for, hints of interests, emergency access, cases before and after."""
        actor = actor_of(request)
        view = selectors.case_view(actor, case_of(request, uid))
        return Response(around_shape(selectors.case_around(actor, view)))


class Questions(APIView):
    @extend_schema(responses=QuestionSerializer(many=True), operation_id="cases_questions_list")
    def get(self, request: Request, uid: str) -> Response:
        """Questions about the case with their answers, oldest first."""
        rows = selectors.questions_of(case_of(request, uid))
        return Response(QuestionSerializer(rows, many=True).data)

    @extend_schema(request=TextWrite, responses={201: QuestionSerializer})
    def post(self, request: Request, uid: str) -> Response:
        """Ask a question; until the case is closed."""
        data = sent(TextWrite, request)
        row = actions.question_ask(actor=actor_of(request), case=case_of(request, uid), text=data["text"])
        return Response(QuestionSerializer(row).data, status=status.HTTP_201_CREATED)


class Answers(APIView):
    @extend_schema(request=TextWrite, responses={201: AnswerSerializer})
    def post(self, request: Request, uid: str, question: str) -> Response:
        """Answer a question: requester, contributors, requesting team, who cares for the subject, seats."""
        data = sent(TextWrite, request)
        asked = selectors.question_by_uid(case_of(request, uid), question)
        if asked is None:
            raise Http404
        row = actions.answer_give(actor=actor_of(request), question=asked, text=data["text"])
        return Response(AnswerSerializer(row).data, status=status.HTTP_201_CREATED)


class Defer(Act):
    @extend_schema(request=DeferWrite, responses=CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Defer until a day: the presiding member only; it resumes by itself."""
        return self.carry_out(request, uid, DeferWrite, actions.case_defer)


class Emergency(APIView):
    @extend_schema(request=EmergencyWrite, responses={201: EmergencyShape})
    def post(self, request: Request, uid: str) -> Response:
        """Ask for emergency access: the first of two holders of seats."""
        data = sent(EmergencyWrite, request)
        row = actions.glass_ask(actor=actor_of(request), case=case_of(request, uid), **data)
        return Response(EmergencyShape(row).data, status=status.HTTP_201_CREATED)


class EmergencyConfirm(Act):
    @extend_schema(request=None, responses=CaseSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Confirm it as the second person, within 60 minutes: a permit opens without a decision."""
        return self.carry_out(request, uid, None, actions.glass_confirm)


class AgendaList(generics.ListAPIView[AgendaItem]):
    serializer_class = AgendaSerializer
    filterset_fields = ("code",)
    query_extra = ("pending",)
    queryset = AgendaItem.objects.none()

    def get_queryset(self) -> QuerySet[AgendaItem]:
        if getattr(self, "swagger_fake_view", False):
            return AgendaItem.objects.none()
        rows = selectors.agenda_items(actor_of(self.request))
        return rows.pending() if self.request.query_params.get("pending") in {"1", "true"} else rows

    @extend_schema(parameters=[OpenApiParameter("pending", bool, description="only what waits to be heard")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the committee has to hear, newest first; in words, en and zh."""
        return super().get(request, *args, **kwargs)


class AgendaDeal(APIView):
    @extend_schema(request=NoteWrite, responses=AgendaSerializer)
    def post(self, request: Request, uid: str) -> Response:
        """Mark a point as dealt with, with a note: presiding member or secretary."""
        data = sent(NoteWrite, request)
        item = selectors.agenda_item(actor_of(request), uid)
        if item is None:
            raise Http404
        done = actions.agenda_deal(actor=actor_of(request), item=item, note=data["note"])
        return Response(AgendaSerializer(done).data)
