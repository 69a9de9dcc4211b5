"""HTTP shapes of drafts, lint and the catalogue of rule kinds."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.models import DraftEdit, User

LARGEST = 5 * 1024 * 1024


class BranchWrite(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    note = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class RulePatch(serializers.Serializer[Any]):
    columns = serializers.ListField(child=serializers.CharField(max_length=200), required=False)
    parameters = serializers.DictField(required=False, help_text="as the kind declares them")
    where = serializers.DictField(required=False, allow_null=True, help_text="a predicate; null: all rows")
    tolerance = serializers.DictField(
        required=False, allow_null=True, help_text="{rows: n} or {percent: p}; null: none"
    )
    threshold = serializers.DictField(
        required=False, help_text="one ODCS operator (mustBe …) and `unit`, for sql and library metrics"
    )
    severity = serializers.CharField(max_length=40, required=False, allow_null=True)
    dimension = serializers.CharField(max_length=40, required=False, allow_null=True)
    id = serializers.CharField(max_length=80, required=False, allow_null=True)
    name = serializers.CharField(max_length=200, required=False, allow_null=True)
    description = serializers.CharField(max_length=1000, required=False, allow_null=True)


class RuleWrite(RulePatch):
    object_name = serializers.CharField(
        max_length=120, required=False, help_text="the only object where it is left out"
    )
    kind = serializers.CharField(max_length=40, help_text="one of `standards/kinds`")


class ColumnWrite(serializers.Serializer[Any]):
    description = serializers.CharField(max_length=2000, required=False, allow_null=True)
    logicalType = serializers.CharField(max_length=20, required=False, allow_null=True)
    required = serializers.BooleanField(required=False, allow_null=True)  # type: ignore[assignment]
    unique = serializers.BooleanField(required=False, allow_null=True)
    primaryKey = serializers.BooleanField(required=False, allow_null=True)
    criticalDataElement = serializers.BooleanField(required=False, allow_null=True)
    classification = serializers.CharField(max_length=80, required=False, allow_null=True)
    minimum = serializers.JSONField(required=False, allow_null=True)
    maximum = serializers.JSONField(required=False, allow_null=True)
    exclusiveMinimum = serializers.JSONField(required=False, allow_null=True)
    exclusiveMaximum = serializers.JSONField(required=False, allow_null=True)
    multipleOf = serializers.JSONField(required=False, allow_null=True)
    minLength = serializers.IntegerField(required=False, allow_null=True)
    maxLength = serializers.IntegerField(required=False, allow_null=True)
    pattern = serializers.CharField(max_length=1000, required=False, allow_null=True)
    format = serializers.CharField(max_length=100, required=False, allow_null=True)


class TextWrite(serializers.Serializer[Any]):
    document = serializers.CharField(max_length=LARGEST, trim_whitespace=False)


class LintWrite(TextWrite):
    changes = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        default=list,
        max_length=100,
        help_text="changes to try first, {do: rule_add, object, kind, …} as the editor makes them",
    )


class EditSerializer(serializers.ModelSerializer[DraftEdit]):
    by: serializers.SlugRelatedField[User] = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = DraftEdit
        fields = ["id", "at", "by", "digest", "digest_after", "changes"]
        read_only_fields = fields


class ParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    form = serializers.CharField(
        help_text="text, number, boolean, choice, choices, column, columns, values …"
    )
    choices = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()  # type: ignore[assignment]
    default = serializers.JSONField(allow_null=True)
    help = serializers.CharField()
    help_zh = serializers.CharField()


class KindSerializer(serializers.Serializer[Any]):
    """A kind of rule: what it demands, how grave it is by default, what it takes."""

    name = serializers.CharField()
    summary = serializers.CharField()
    summary_zh = serializers.CharField()
    level = serializers.CharField(help_text="row or table")
    severity = serializers.CharField()
    dimension = serializers.CharField()
    columns = serializers.CharField(help_text="one, many or none")
    operator = serializers.BooleanField(help_text="takes an ODCS operator as `threshold`")
    implied = serializers.BooleanField(help_text="follows from the table; not added one by one")
    parameters = ParameterSerializer(many=True)


class LintedRule(serializers.Serializer[Any]):
    object_name = serializers.CharField()
    rule_id = serializers.CharField()
    kind = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    severity = serializers.CharField()
    dimension = serializers.CharField()
    sentence = serializers.CharField()
    sentence_zh = serializers.CharField()
    form = serializers.CharField(help_text="what it compiles to, in the words of Pandera")
    place = serializers.CharField(help_text="JSON pointer")


class LintFault(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    place = serializers.CharField()


class LintAnswer(serializers.Serializer[Any]):
    """`errors` has the first fault; with one there is nothing else."""

    errors = LintFault(many=True)  # type: ignore[assignment]
    version = serializers.CharField()
    digest = serializers.CharField()
    document = serializers.CharField(help_text="the text after the changes")
    rules = LintedRule(many=True)
    columns = serializers.ListField(child=serializers.DictField())
    kept = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(child=serializers.DictField())
    touched = serializers.DictField(
        allow_null=True, help_text="{pointer, fragment, rules} of the last change"
    )
