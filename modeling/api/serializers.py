"""HTTP shapes of the modeling room."""

from __future__ import annotations

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from modeling.choices import BackboneKind, DataRole, Priority
from modeling.models import (
    Backbone,
    BackboneCheck,
    BackboneGuide,
    Evaluation,
    LogLine,
    MetricPoint,
    ModelVersion,
    RunInput,
    TrainingPlan,
    TrainingRun,
)
from modeling.selectors.guide import GuideLine, inference_memory, training_memory
from modeling.training.methods import METHODS


class BackboneSerializer(serializers.ModelSerializer[Backbone]):
    memory = serializers.SerializerMethodField(help_text="estimated bytes to encode, and to train by method")

    class Meta:
        model = Backbone
        fields = [
            "uid",
            "name",
            "kind",
            "place",
            "licence",
            "languages",
            "architecture",
            "hidden_size",
            "max_length",
            "layers",
            "vocabulary",
            "parameters",
            "weight_bytes",
            "digest",
            "state",
            "reason",
            "reason_detail",
            "checked_at",
            "memory",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_memory(self, backbone: Backbone) -> dict[str, int]:
        if not backbone.parameters:
            return {}
        return {"inference": inference_memory(backbone)} | {
            method: training_memory(backbone, method) for method in METHODS
        }


class BackboneRegister(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=BackboneKind.choices)
    place = serializers.CharField(
        max_length=300, help_text="package name, hub id in the cache, or folder below the folder of backbones"
    )
    licence = serializers.CharField(max_length=60, help_text="SPDX identifier")
    languages = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, default=list
    )


class BackboneCheckSerializer(serializers.ModelSerializer[BackboneCheck]):
    backbone: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = BackboneCheck
        fields = ["uid", "backbone", "state", "reason", "reason_detail", "created_at", "finished_at"]
        read_only_fields = fields


class GuideSerializer(serializers.ModelSerializer[BackboneGuide]):
    version: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = BackboneGuide
        fields = [
            "uid",
            "version",
            "state",
            "reason",
            "reason_detail",
            "columns",
            "columns_read",
            "hidden",
            "rows_read",
            "max_length",
            "cjk",
            "created_at",
            "finished_at",
        ]
        read_only_fields = fields


class GuideRequest(serializers.Serializer[Any]):
    version = serializers.CharField(max_length=64)
    columns = serializers.ListField(
        child=serializers.CharField(max_length=300), required=False, default=list, max_length=50
    )
    max_length = serializers.IntegerField(min_value=4, max_value=8192, default=64)


class GuideLineShown(serializers.Serializer[Any]):
    """One backbone on the version; figures are null where it was not measured."""

    backbone = serializers.CharField(source="backbone.uid")
    name = serializers.CharField(source="backbone.name")
    verdict = serializers.CharField(source="sight.verdict")
    unknown_share = serializers.FloatField(source="sight.share", allow_null=True)
    instead = serializers.ListField(child=serializers.CharField(), source="sight.better")
    columns = serializers.SerializerMethodField(help_text="tokens and unknown tokens of each column")
    p50 = serializers.IntegerField(source="fit.p50", default=None, allow_null=True)
    p90 = serializers.IntegerField(source="fit.p90", default=None, allow_null=True)
    p99 = serializers.IntegerField(source="fit.p99", default=None, allow_null=True)
    cut_share = serializers.SerializerMethodField()
    flops_per_epoch = serializers.FloatField(source="flops", allow_null=True)
    cpu_seconds_per_epoch = serializers.FloatField(source="cost.cpu_seconds", default=None, allow_null=True)
    cost_basis = serializers.CharField(source="cost.basis", default="", allow_blank=True)
    memory_to_train = serializers.IntegerField(source="memory")
    past = serializers.SerializerMethodField(help_text="best headline per task, with its interval")

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=serializers.IntegerField())))
    def get_columns(self, line: GuideLine) -> Any:
        return line.fit.columns if line.fit else {}

    @extend_schema_field(serializers.FloatField(allow_null=True))
    def get_cut_share(self, line: GuideLine) -> float | None:
        return line.fit.cut / line.fit.texts if line.fit and line.fit.texts else None

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_past(self, line: GuideLine) -> list[dict[str, Any]]:
        names = ("task", "metric", "value", "low", "high", "here")
        return [{n: getattr(past, n) for n in names} | {"run": past.run.uid} for past in line.past]


class PlanSerializer(serializers.ModelSerializer[TrainingPlan]):
    backbone: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    created_by: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    document = serializers.SerializerMethodField()

    class Meta:
        model = TrainingPlan
        fields = [
            "uid",
            "name",
            "task",
            "method",
            "purpose",
            "backbone",
            "document",
            "digest",
            "created_by",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField())
    def get_document(self, plan: TrainingPlan) -> Any:
        return json.loads(plan.document)


class PlanCreate(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    backbone = serializers.SlugRelatedField(slug_field="uid", queryset=Backbone.objects.all())
    document = serializers.DictField(help_text="task, method, purpose, text, recipe, evaluation, options")
    version = serializers.CharField(
        max_length=64,
        required=False,
        help_text="dataset version it is meant for: a backbone measured not to read it is refused",
    )


class RunInputSerializer(serializers.ModelSerializer[RunInput]):
    version: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = RunInput
        fields = ["role", "version", "digest", "where_column", "where_equals", "permit_uid"]
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[TrainingRun]):
    plan: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    requested_by: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    inputs = RunInputSerializer(many=True, read_only=True)
    model = serializers.SerializerMethodField()
    device: Any = serializers.StringRelatedField(read_only=True)
    tags = serializers.SerializerMethodField()
    queue_position = serializers.IntegerField(
        source="place.position", default=None, read_only=True, help_text="from 1 while queued, else null"
    )

    class Meta:
        model = TrainingRun
        fields = [
            "uid",
            "name",
            "state",
            "reason",
            "reason_detail",
            "plan",
            "plan_digest",
            "inputs",
            "attempt",
            "priority",
            "queue_position",
            "cpu_seconds_asked",
            "cpu_seconds_used",
            "device",
            "device_seconds_asked",
            "device_seconds_used",
            "notes",
            "tags",
            "model",
            "requested_by",
            "created_at",
            "started_at",
            "heartbeat_at",
            "finished_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_model(self, run: TrainingRun) -> str:
        found = getattr(run, "model", None)
        return found.uid if found is not None else ""

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_tags(self, run: TrainingRun) -> dict[str, str]:
        return {tag.key: tag.value for tag in run.tags.all()}


class SliceShown(serializers.Serializer[Any]):
    """One value of one slice; `value` is null where fewer than 30 groups are in it."""

    name = serializers.CharField()
    word = serializers.CharField()
    rows = serializers.IntegerField()
    groups = serializers.IntegerField()
    metric = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    against = serializers.CharField()
    gain = serializers.FloatField(allow_null=True)
    gain_low = serializers.FloatField(allow_null=True)
    gain_high = serializers.FloatField(allow_null=True)
    verdict = serializers.CharField()


class InputGiven(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=DataRole.choices)
    version = serializers.CharField(max_length=64, help_text="uid of a dataset version you may see")
    where_column = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    where_equals = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class RunRequest(serializers.Serializer[Any]):
    plan = serializers.SlugRelatedField(slug_field="uid", queryset=TrainingPlan.objects.all())
    inputs = InputGiven(many=True)
    cpu_seconds = serializers.IntegerField(min_value=1, max_value=100_000_000)
    device_seconds = serializers.IntegerField(
        min_value=0, max_value=100_000_000, required=False, default=0, help_text="0: as its CPU seconds"
    )
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    wait = serializers.BooleanField(
        required=False, default=False, help_text="wait for permit and gate instead of being refused"
    )
    priority = serializers.ChoiceField(choices=Priority.choices, required=False, default=Priority.NORMAL)


class RunPriority(serializers.Serializer[Any]):
    priority = serializers.ChoiceField(choices=Priority.choices)


class RunNotes(serializers.Serializer[Any]):
    notes = serializers.CharField(max_length=20_000, allow_blank=True)


class PointSerializer(serializers.ModelSerializer[MetricPoint]):
    class Meta:
        model = MetricPoint
        fields = ["id", "metric", "step", "value", "epoch", "at"]
        read_only_fields = fields


class LogLineSerializer(serializers.ModelSerializer[LogLine]):
    class Meta:
        model = LogLine
        fields = ["number", "at", "level", "code", "facts"]
        read_only_fields = fields


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    class Meta:
        model = Evaluation
        fields = ["metric", "model", "n", "value", "low", "high", "gain", "gain_low", "gain_high", "verdict"]
        read_only_fields = fields


class ModelVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    run: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = ModelVersion
        fields = [
            "uid",
            "name",
            "number",
            "state",
            "reason",
            "run",
            "digest",
            "weights_sha256",
            "level",
            "created_at",
        ]
        read_only_fields = fields


class ModelCardShown(serializers.Serializer[Any]):
    language = serializers.CharField()
    text = serializers.CharField()


class Reason(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=80)
