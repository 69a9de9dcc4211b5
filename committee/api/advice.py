"""What the rules suggest in a case, over the API: for programs that show a ballot, not for one that votes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from committee import sealing, selectors
from committee.api.views import case_of
from committee.choices import Advice


class AdviceLineShape(serializers.Serializer[Any]):
    rule = serializers.CharField()
    word = serializers.CharField()
    en = serializers.CharField()
    zh = serializers.CharField()


class AdviceShape(serializers.Serializer[Any]):
    word = serializers.ChoiceField(choices=Advice.choices)
    lines = AdviceLineShape(many=True)
    differed = serializers.IntegerField(help_text="cases of this action decided otherwise than suggested")
    decided = serializers.IntegerField(help_text="cases of this action decided with advice")


class AdviceOne(APIView):
    @extend_schema(responses=AdviceShape)
    def get(self, request: Request, uid: str) -> Response:
        """The advice frozen with the evidence, and how often the committee differed from such advice."""
        case = case_of(request, uid)
        advice = sealing.dossier_content(case).get("advice", sealing.NO_ADVICE)
        record = selectors.advice_record(case.action, leave_out=case)
        counts = {"differed": record.differed, "decided": record.decided}
        return Response(AdviceShape({**advice, **counts}).data)
