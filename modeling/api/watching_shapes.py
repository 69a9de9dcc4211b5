"""HTTP shapes of what a person watches: figures of series, tags, rules."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from modeling.choices import AlertKind
from modeling.models import AlertFiring, MetricAlert


class SeriesSerializer(serializers.Serializer[Any]):
    """One metric of a run; `gaps` are values that were no finite numbers."""

    metric = serializers.CharField()
    points = serializers.IntegerField()
    last = serializers.FloatField(allow_null=True)
    last_step = serializers.IntegerField()
    last_at = serializers.DateTimeField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    low_step = serializers.IntegerField()
    high = serializers.FloatField(allow_null=True)
    high_step = serializers.IntegerField()
    gaps = serializers.IntegerField()
    settled = serializers.BooleanField(help_text="false while the figures are being counted anew")


class TagsChange(serializers.Serializer[Any]):
    tags = serializers.DictField(
        child=serializers.CharField(max_length=8000, allow_blank=True), required=False, default=dict
    )
    gone = serializers.ListField(
        child=serializers.CharField(max_length=250), required=False, default=list, max_length=100
    )


class FiringSerializer(serializers.ModelSerializer[AlertFiring]):
    run: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = AlertFiring
        fields = ["run", "step", "value", "at"]
        read_only_fields = fields


class AlertSerializer(serializers.ModelSerializer[MetricAlert]):
    run: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True, allow_null=True)
    plan: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True, allow_null=True)
    firings = FiringSerializer(many=True, read_only=True)

    class Meta:
        model = MetricAlert
        fields = ["uid", "run", "plan", "kind", "metric", "threshold", "minutes", "firings", "created_at"]
        read_only_fields = fields


class AlertSet(serializers.Serializer[Any]):
    """Either `run` or `plan`, by uid."""

    run = serializers.CharField(max_length=64, required=False)
    plan = serializers.CharField(max_length=64, required=False)
    kind = serializers.ChoiceField(choices=AlertKind.choices)
    metric = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    threshold = serializers.FloatField(required=False, allow_null=True, default=None)
    minutes = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1)
