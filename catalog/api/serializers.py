"""What the catalogue looks like over the API. Rows are named by uid; writes are checked by the actions."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog import exceptions
from catalog.choices import (
    Domain,
    EnginePolicy,
    OutcomeChange,
    ReadPurpose,
    Role,
    SourceKind,
    Verdict,
)
from catalog.models import (
    CleaningRun,
    Column,
    Dataset,
    DatasetVersion,
    DerivationRun,
    Incident,
    IngestRun,
    Ownership,
    Quarantine,
    Recipe,
    RecipeVersion,
    RuleOutcome,
    Source,
    ValidationRun,
)
from governance.choices import Level

JOB_FIELDS = (
    "uid",
    "state",
    "reason",
    "reason_text",
    "reason_detail",
    "attempt",
    "progress_done",
    "progress_total",
    "requested_by",
    "created_at",
    "started_at",
    "finished_at",
)


class SourceSerializer(serializers.ModelSerializer[Source]):
    class Meta:
        model = Source
        fields = (
            "uid", "name", "title", "title_zh", "kind", "description", "description_zh", "schedule",
            "licence",
            "created_at",
        )  # fmt: skip
        read_only_fields = fields


class SourceWrite(serializers.Serializer[Any]):
    name = serializers.SlugField(max_length=80)
    title = serializers.CharField(max_length=200)
    title_zh = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=SourceKind.choices, default=SourceKind.FILES)
    description = serializers.CharField(required=False, default="", allow_blank=True)
    description_zh = serializers.CharField(required=False, default="", allow_blank=True)
    schedule = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    licence = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    source = serializers.SlugRelatedField[Source](  # type: ignore[assignment]
        slug_field="name", read_only=True, allow_null=True
    )
    standard = serializers.SlugRelatedField[Any](slug_field="name", read_only=True, allow_null=True)

    class Meta:
        model = Dataset
        fields = (
            "uid", "name", "title", "title_zh", "description", "description_zh", "source", "level", "domain",
            "standard", "object_name", "validation_engine", "archived_at", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class DatasetWrite(serializers.Serializer[Any]):
    name = serializers.SlugField(max_length=80)
    title = serializers.CharField(max_length=200)
    title_zh = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    description = serializers.CharField(required=False, default="", allow_blank=True)
    description_zh = serializers.CharField(required=False, default="", allow_blank=True)
    source = serializers.SlugField(  # type: ignore[assignment]
        required=False, default="", allow_blank=True, help_text="name of a source"
    )
    level = serializers.ChoiceField(choices=Level.choices, default=Level.INTERNAL)
    domain = serializers.ChoiceField(choices=Domain.choices, default=Domain.OTHER)
    standard = serializers.SlugField(
        required=False, default="", allow_blank=True, help_text="name of a standard"
    )
    object_name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    owner = serializers.CharField(help_text="username")
    steward = serializers.CharField(help_text="username")


class DatasetChange(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200, required=False)
    title_zh = serializers.CharField(max_length=200, required=False, allow_blank=True)
    description = serializers.CharField(required=False, allow_blank=True)
    description_zh = serializers.CharField(required=False, allow_blank=True)
    level = serializers.ChoiceField(choices=Level.choices, required=False)
    domain = serializers.ChoiceField(choices=Domain.choices, required=False)
    standard = serializers.SlugField(required=False, allow_blank=True, help_text="name of a standard")
    object_name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    validation_engine = serializers.ChoiceField(choices=EnginePolicy.choices, required=False)


class OwnershipSerializer(serializers.ModelSerializer[Ownership]):
    user = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Ownership
        fields = ("uid", "user", "role", "since", "until")
        read_only_fields = fields


class OwnershipWrite(serializers.Serializer[Any]):
    user = serializers.CharField(help_text="username")
    role = serializers.ChoiceField(choices=Role.choices)
    since = serializers.DateField(required=False)


class VersionSerializer(serializers.ModelSerializer[DatasetVersion]):
    dataset = serializers.SlugRelatedField[Dataset](slug_field="uid", read_only=True)
    dataset_name = serializers.CharField(source="dataset.name", read_only=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = DatasetVersion
        fields = (
            "uid", "dataset", "dataset_name", "number", "digest", "rows", "bytes", "files", "label",
            "made_by_kind", "made_by_id", "created_by", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class ColumnSerializer(serializers.ModelSerializer[Column]):
    class Meta:
        model = Column
        fields = ("position", "name", "type", "level", "pii")
        read_only_fields = fields


class FailedRule(serializers.Serializer[Any]):
    rule = serializers.CharField()
    failing_rows = serializers.IntegerField(allow_null=True)


class GateSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    run = serializers.CharField(source="run_uid")
    verdict = serializers.CharField()
    score = serializers.CharField()
    failed = serializers.SerializerMethodField()
    checked_at = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(FailedRule(many=True))
    def get_failed(self, gate: Any) -> list[dict[str, Any]]:
        return [{"rule": rule, "failing_rows": failing} for rule, failing in gate.failed]


class JobSerializer(serializers.ModelSerializer[Any]):
    """What every job shows: state, why, how far."""

    requested_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    reason_text = serializers.SerializerMethodField()

    def get_reason_text(self, job: Any) -> str:
        return exceptions.words_of(job.reason) if job.reason else ""


class IngestRunSerializer(JobSerializer):
    dataset = serializers.SlugRelatedField[Dataset](slug_field="uid", read_only=True)
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True, allow_null=True)

    class Meta:
        model = IngestRun
        fields = (*JOB_FIELDS, "dataset", "filename", "bytes", "sha256", "label", "version")
        read_only_fields = fields


class ValidationRunSerializer(JobSerializer):
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True)
    standard_version = serializers.SlugRelatedField[Any](slug_field="uid", read_only=True)
    previous = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True, allow_null=True)

    class Meta:
        model = ValidationRun
        fields = (
            *JOB_FIELDS, "version", "standard_version", "object_name", "references", "previous",
            "dry_run", "sample_rows", "standard_digest", "verdict",
            "gate",
            "score", "dimensions", "counts", "rows", "not_executed", "warnings", "engine_asked",
            "engine_name", "engine_reason", "engine", "work", "outcomes_digest", "report_digest",
        )  # fmt: skip
        read_only_fields = fields


class OutcomeSerializer(serializers.ModelSerializer[RuleOutcome]):
    class Meta:
        model = RuleOutcome
        fields = (
            "position", "rule_id", "kind", "name", "columns", "severity", "dimension", "level", "verdict",
            "reason",
            "failing_rows", "checked_rows", "threshold", "observed", "details", "samples", "waived",
            "message_en",
            "message_zh", "pandera",
        )  # fmt: skip
        read_only_fields = fields


class ComparedRun(serializers.ModelSerializer[ValidationRun]):
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True)
    standard_version = serializers.SlugRelatedField[Any](slug_field="uid", read_only=True)

    class Meta:
        model = ValidationRun
        fields = ("uid", "version", "standard_version", "verdict", "gate", "score", "rows", "finished_at")
        read_only_fields = fields


class ComparedRule(serializers.Serializer[Any]):
    """A rule in both checks. `difference` is failing rows now less then; null where either has no count."""

    rule_id = serializers.CharField(source="outcome.rule_id")
    severity = serializers.CharField(source="outcome.severity")
    dimension = serializers.CharField(source="outcome.dimension")
    verdict = serializers.ChoiceField(choices=Verdict.choices, source="outcome.verdict")
    failing_rows = serializers.IntegerField(source="outcome.failing_rows", allow_null=True)
    checked_rows = serializers.IntegerField(source="outcome.checked_rows", allow_null=True)
    verdict_before = serializers.SerializerMethodField()
    failing_rows_before = serializers.SerializerMethodField()
    change = serializers.ChoiceField(choices=OutcomeChange.choices)
    difference = serializers.IntegerField(allow_null=True)

    def get_verdict_before(self, row: Any) -> str:
        return row.before.verdict if row.before else ""

    def get_failing_rows_before(self, row: Any) -> int | None:
        return row.before.failing_rows if row.before else None


class ComparisonSerializer(serializers.Serializer[Any]):
    run = ComparedRun()
    against = ComparedRun(allow_null=True)
    changes = serializers.DictField(child=serializers.IntegerField(), help_text="change: number of rules")
    rules = ComparedRule(many=True)
    gone = serializers.ListField(child=serializers.CharField(), help_text="rules only the other check has")


class ValidationWrite(serializers.Serializer[Any]):
    references = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="name: version uid"
    )
    standard_version = serializers.CharField(required=False, help_text="uid; a dry run against this version")
    previous = serializers.CharField(required=False, help_text="uid of the version before")
    engine = serializers.ChoiceField(
        choices=EnginePolicy.choices, required=False, help_text="default: what the dataset's policy says"
    )


class RecipeSerializer(serializers.ModelSerializer[Recipe]):
    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = Recipe
        fields = ("uid", "name", "title", "title_zh", "owner", "created_at")
        read_only_fields = fields


class RecipeVersionSerializer(serializers.ModelSerializer[RecipeVersion]):
    recipe = serializers.SlugRelatedField[Recipe](slug_field="name", read_only=True)
    created_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = RecipeVersion
        fields = ("uid", "recipe", "version", "digest", "steps", "note", "created_by", "created_at")
        read_only_fields = fields


class RecipeWrite(serializers.Serializer[Any]):
    name = serializers.SlugField(max_length=80)
    title = serializers.CharField(max_length=200)
    title_zh = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    document = serializers.CharField(help_text="YAML of the recipe", trim_whitespace=False)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class CleaningRunSerializer(JobSerializer):
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True)
    recipe_version = serializers.SlugRelatedField[RecipeVersion](slug_field="uid", read_only=True)
    target = serializers.SlugRelatedField[Dataset](slug_field="uid", read_only=True)
    output = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True, allow_null=True)

    class Meta:
        model = CleaningRun
        fields = (
            *JOB_FIELDS, "version", "recipe_version", "target", "references", "output", "rows_in", "rows_out",
            "rows_quarantined", "steps",
        )  # fmt: skip
        read_only_fields = fields


class CleaningWrite(serializers.Serializer[Any]):
    recipe_version = serializers.CharField(help_text="uid")
    target = serializers.CharField(required=False, help_text="uid of the dataset that gets the version")
    references = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="name: version uid"
    )


class DerivationRunSerializer(JobSerializer):
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True)

    class Meta:
        model = DerivationRun
        fields = (*JOB_FIELDS, "kind", "version", "inputs", "parameters", "targets", "outputs", "facts")
        read_only_fields = fields


class SplitWrite(serializers.Serializer[Any]):
    versions = serializers.ListField(
        child=serializers.CharField(), min_length=1, max_length=20, help_text="uids"
    )
    targets = serializers.DictField(child=serializers.CharField(), help_text="part: dataset uid")
    left = serializers.ListField(child=serializers.CharField(), min_length=1)
    right = serializers.ListField(child=serializers.CharField(), min_length=1)
    shares = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=99), required=False, help_text="part: percent"
    )
    seed = serializers.IntegerField(required=False, default=0, min_value=0, max_value=2**31 - 1)


class QuarantineSerializer(serializers.ModelSerializer[Quarantine]):
    run = serializers.SlugRelatedField[CleaningRun](slug_field="uid", read_only=True)
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True)

    class Meta:
        model = Quarantine
        fields = ("uid", "run", "version", "digest", "rows", "reasons", "levels", "level", "created_at")
        read_only_fields = fields


class IncidentSerializer(serializers.ModelSerializer[Incident]):
    dataset = serializers.SlugRelatedField[Dataset](slug_field="uid", read_only=True)
    version = serializers.SlugRelatedField[DatasetVersion](slug_field="uid", read_only=True)
    run = serializers.SlugRelatedField[ValidationRun](slug_field="uid", read_only=True, allow_null=True)
    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True, allow_null=True)

    class Meta:
        model = Incident
        fields = (
            "uid", "dataset", "version", "run", "kind", "severity", "facts", "owner", "state", "opened_at",
            "due_at",
            "resolved_at", "note",
        )  # fmt: skip
        read_only_fields = fields


class ResolveWrite(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=2000)


class UploadWrite(serializers.Serializer[Any]):
    """A multipart upload: the file and the word of the part it is."""

    file = serializers.FileField()
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=40, required=False, default="", allow_blank=True
    )


class RefSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.CharField()


class EdgeSerializer(serializers.Serializer[Any]):
    source = RefSerializer()  # type: ignore[assignment]
    target = RefSerializer()
    by = RefSerializer()


class LineageSerializer(serializers.Serializer[Any]):
    nodes = RefSerializer(many=True)
    edges = EdgeSerializer(many=True)


PURPOSES = f"{', '.join(ReadPurpose.values)}, or the purpose of a permit one holds"


class RowsWrite(serializers.Serializer[Any]):
    purpose = serializers.CharField(max_length=80, help_text=PURPOSES)
    step = serializers.CharField(
        required=False, default="", allow_blank=True, help_text="quarantine: only this step"
    )


class CellWrite(serializers.Serializer[Any]):
    purpose = serializers.CharField(max_length=80, help_text=PURPOSES)
    row = serializers.IntegerField(min_value=1)
    column = serializers.CharField()


class RowsSerializer(serializers.Serializer[Any]):
    columns = serializers.ListField(child=serializers.CharField())
    masked = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_null=True)),
        help_text="record number, then the cells as text",
    )


class CellSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(allow_null=True)
