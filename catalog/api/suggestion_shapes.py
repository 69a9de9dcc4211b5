"""Shapes of profiles and suggested rules in the API."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.choices import SuggestionState
from catalog.models import RuleSuggestion


class ProfiledColumnSerializer(serializers.Serializer[Any]):
    """One column: its facts (docs/concepts/profiles.md), those of the version before, the PSI between."""

    column = serializers.CharField(source="name")
    level = serializers.IntegerField(allow_null=True)
    masked = serializers.BooleanField(help_text="counts only: its values and their figures are not shown")
    facts = serializers.DictField()
    before = serializers.DictField(allow_null=True)
    psi = serializers.FloatField(source="moved", allow_null=True)


class ProfileSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="uid")
    before = serializers.CharField(allow_null=True, help_text="uid of the version it is compared with")
    rows = serializers.IntegerField()
    columns = ProfiledColumnSerializer(many=True)


class AnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(choices=SuggestionState.choices[1:])
    reason = serializers.CharField()
    standard_version = serializers.CharField(
        source="standard_version.uid",
        default=None,
        allow_null=True,
        help_text="uid of the draft it went into",
    )
    by = serializers.CharField(source="by.username")
    at = serializers.DateTimeField()


class SuggestionSerializer(serializers.ModelSerializer[RuleSuggestion]):
    version = serializers.SlugRelatedField[Any](slug_field="uid", read_only=True)
    run = serializers.SlugRelatedField[Any](slug_field="uid", read_only=True)
    state = serializers.ChoiceField(choices=SuggestionState.choices, read_only=True)
    answer = serializers.SerializerMethodField()

    class Meta:
        model = RuleSuggestion
        fields = (
            "uid", "version", "run", "rule_key", "topic", "object_name", "kind", "columns", "severity",
            "dimension", "parameters", "sentence_en", "sentence_zh", "why_en", "why_zh", "evidence", "edits",
            "change", "state", "answer", "created_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(AnswerSerializer(allow_null=True))
    def get_answer(self, row: RuleSuggestion) -> Any:
        return AnswerSerializer(row.answered).data if row.answered else None


class RejectWrite(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class AcceptedSerializer(serializers.Serializer[Any]):
    """The draft the rule is in now."""

    standard_version = serializers.CharField(source="uid", help_text="uid")
    version = serializers.CharField()
    digest = serializers.CharField()


class SuggestionFilters(filters.FilterSet):  # type: ignore[misc]
    version = filters.CharFilter(field_name="version__uid", label="uid of the version")
    run = filters.CharFilter(field_name="run__uid", label="uid of the check")
    dataset = filters.CharFilter(field_name="version__dataset__uid", label="uid of the dataset")
    kind = filters.CharFilter()
    state = filters.ChoiceFilter(choices=SuggestionState.choices, method="in_state")
    current = filters.BooleanFilter(method="newest", label="only those of each version's newest check")

    class Meta:
        model = RuleSuggestion
        fields: tuple[str, ...] = ()

    def in_state(self, rows: Any, _name: str, state: str) -> QuerySet[RuleSuggestion]:
        found: QuerySet[RuleSuggestion] = rows.in_state(state)
        return found

    def newest(self, rows: Any, _name: str, wanted: bool) -> QuerySet[RuleSuggestion]:
        found: QuerySet[RuleSuggestion] = rows.current() if wanted else rows
        return found
