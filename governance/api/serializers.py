"""HTTP shapes of governance: what is read and what may be sent."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance import permits
from governance.choices import PermitStatus, TeamFunction, UserKind
from governance.models import (
    ApiToken,
    Decision,
    Department,
    LedgerCheck,
    LedgerEntry,
    Permit,
    PermitUse,
    Rule,
    Standard,
    StandardVersion,
    Team,
    User,
)
from governance.notices import NoticeRow


class UserSerializer(serializers.ModelSerializer[User]):
    department: serializers.SlugRelatedField[Department] = serializers.SlugRelatedField(
        slug_field="code", read_only=True
    )

    class Meta:
        model = User
        fields = ["uid", "username", "name", "name_zh", "kind", "language", "department", "is_active"]
        read_only_fields = fields


class UserCreate(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, default="")
    email = serializers.EmailField(required=False, default="")
    kind = serializers.ChoiceField(choices=UserKind.choices, default=UserKind.PERSON)
    department = serializers.SlugRelatedField(
        slug_field="code", queryset=Department.objects.all(), required=False, default=None, allow_null=True
    )


class TeamSerializer(serializers.ModelSerializer[Team]):
    class Meta:
        model = Team
        fields = ["uid", "code", "name", "name_zh", "function"]
        read_only_fields = ["uid"]


class TeamCreate(serializers.Serializer[Any]):
    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, default="")
    function = serializers.ChoiceField(choices=TeamFunction.choices)


class MemberAdd(serializers.Serializer[Any]):
    user = serializers.SlugRelatedField(slug_field="uid", queryset=User.objects.all())


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    parent = serializers.SlugRelatedField(  # type: ignore[assignment]
        slug_field="code", queryset=Department.objects.all(), required=False, allow_null=True
    )
    head = serializers.SlugRelatedField(
        slug_field="uid", queryset=User.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = Department
        fields = ["uid", "code", "name", "name_zh", "parent", "head"]
        read_only_fields = ["uid"]


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["uid", "label", "prefix", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = fields


class TokenIssued(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="shown this once; only its hash is stored")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]


class TokenIssue(serializers.Serializer[Any]):
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    user = serializers.SlugRelatedField(
        slug_field="uid",
        queryset=User.objects.all(),
        required=False,
        allow_null=True,
        default=None,
        help_text="uid of a service account; yourself where left out",
    )


class RuleSerializer(serializers.ModelSerializer[Rule]):
    class Meta:
        model = Rule
        fields = [
            "object_name",
            "rule_id",
            "kind",
            "columns",
            "severity",
            "dimension",
            "sentence",
            "sentence_zh",
            "form",
            "place",
            "removable",
            "entry",
        ]
        read_only_fields = fields


class StandardSerializer(serializers.ModelSerializer[Standard]):
    owner: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = Standard
        fields = ["uid", "name", "title", "title_zh", "owner", "created_at"]
        read_only_fields = fields


class StandardVersionSerializer(serializers.ModelSerializer[StandardVersion]):
    standard: serializers.SlugRelatedField[Standard] = serializers.SlugRelatedField(
        slug_field="name", read_only=True
    )
    created_by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(
        slug_field="uid", read_only=True
    )

    base: serializers.SlugRelatedField[StandardVersion] = serializers.SlugRelatedField(
        slug_field="uid", read_only=True
    )

    class Meta:
        model = StandardVersion
        fields = [
            "uid",
            "standard",
            "version",
            "status",
            "digest",
            "note",
            "created_by",
            "created_at",
            "in_force_at",
            "adopted_by",
            "base",
            "compiled",
        ]
        read_only_fields = fields


class StandardDraft(serializers.Serializer[Any]):
    name = serializers.SlugField(max_length=80)
    title = serializers.CharField(max_length=200)
    title_zh = serializers.CharField(max_length=200, required=False, default="")
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)
    document = serializers.CharField(
        max_length=5 * 1024 * 1024, trim_whitespace=False, help_text="ODCS v3.1 document, YAML or JSON text"
    )


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    class Meta:
        model = Decision
        fields = [
            "uid",
            "case_id",
            "committee",
            "resolution",
            "outcome",
            "action",
            "purpose",
            "subject_kind",
            "subject_id",
            "subject_digest",
            "decided_at",
            "rules_digest",
            "case_ledger_head",
            "counts",
        ]
        read_only_fields = fields


class PermitSerializer(serializers.ModelSerializer[Permit]):
    status = serializers.SerializerMethodField()
    authentic = serializers.SerializerMethodField()
    resolution = serializers.SerializerMethodField()

    class Meta:
        model = Permit
        fields = [
            "uid",
            "kind",
            "status",
            "authentic",
            "resolution",
            "case_id",
            "action",
            "purpose",
            "holder",
            "subject_kind",
            "subject_id",
            "subject_digest",
            "terms",
            "conditions",
            "valid_from",
            "valid_until",
            "key_id",
            "signature",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=PermitStatus.choices))
    def get_status(self, permit: Permit) -> str:
        return permits.status_of(permit)

    def get_authentic(self, permit: Permit) -> bool:
        return permits.is_authentic(permit)

    def get_resolution(self, permit: Permit) -> str:
        return permit.decision.resolution if permit.decision else ""


class PermitUseSerializer(serializers.ModelSerializer[PermitUse]):
    actor: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = PermitUse
        fields = [
            "kind",
            "at",
            "actor",
            "job_kind",
            "job_id",
            "code",
            "subject_id",
            "cpu_seconds",
            "device_seconds",
        ]
        read_only_fields = fields


class LedgerEntrySerializer(serializers.ModelSerializer[LedgerEntry]):
    class Meta:
        model = LedgerEntry
        fields = [
            "seq",
            "at",
            "actor",
            "type",
            "accepted",
            "code",
            "subject_kind",
            "subject_id",
            "subject_digest",
            "data",
            "salt",
            "prev",
            "hash",
        ]
        read_only_fields = fields


class FaultSerializer(serializers.Serializer[Any]):
    place = serializers.CharField()
    code = serializers.CharField()


class LedgerCheckSerializer(serializers.ModelSerializer[LedgerCheck]):
    """One recomputation: `ok` is null until it has a verdict; `reason` why it ended without."""

    ok = serializers.BooleanField(source="holds", allow_null=True, read_only=True)
    faults = FaultSerializer(many=True, read_only=True)
    asked_by = serializers.CharField(source="requested_by.username", read_only=True)
    asked_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = LedgerCheck
        fields = (
            "uid",
            "state",
            "reason",
            "ok",
            "entries",
            "head",
            "faults",
            "asked_by",
            "asked_at",
            "finished_at",
        )
        read_only_fields = fields


class LedgerStateSerializer(serializers.Serializer[Any]):
    """`last` is the last verdict, `running` the recomputation going on, `failed` the last one if it ended
    without a verdict; each null where there is none.
    """

    last = LedgerCheckSerializer(allow_null=True)
    running = LedgerCheckSerializer(allow_null=True)
    failed = LedgerCheckSerializer(allow_null=True)


class NoticeSerializer(serializers.Serializer[Any]):
    """A notice as its recipient may see it now: `hidden` where it is about something they may not know."""

    uid = serializers.CharField(source="notice.uid")
    code = serializers.CharField(source="notice.code")
    params = serializers.SerializerMethodField()
    text = serializers.CharField(source="words")
    subject_kind = serializers.CharField(source="notice.subject_kind")
    subject_id = serializers.SerializerMethodField()
    hidden = serializers.BooleanField()
    created_at = serializers.DateTimeField(source="notice.created_at")
    read_at = serializers.DateTimeField(source="notice.read_at", allow_null=True)

    @extend_schema_field({"type": "object", "additionalProperties": {}})
    def get_params(self, row: NoticeRow) -> dict[str, Any]:
        return {} if row.hidden else row.notice.params

    def get_subject_id(self, row: NoticeRow) -> str:
        return "" if row.hidden else row.notice.subject_id
