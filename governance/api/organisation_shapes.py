"""HTTP shapes of the organisation: what may be changed, memberships, the answer of an import."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from governance.choices import TeamFunction
from governance.models import Department, Membership, User


class NamesWrite(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, allow_blank=True)


class DepartmentChange(NamesWrite):
    parent = serializers.SlugRelatedField(  # type: ignore[assignment]
        slug_field="code", queryset=Department.objects.all(), allow_null=True, help_text="code"
    )
    head = serializers.SlugRelatedField(
        slug_field="uid", queryset=User.objects.all(), allow_null=True, help_text="uid"
    )


class TeamChange(NamesWrite):
    function = serializers.ChoiceField(choices=TeamFunction.choices)


class UserChange(NamesWrite):
    email = serializers.EmailField(allow_blank=True)
    department = serializers.SlugRelatedField(
        slug_field="code", queryset=Department.objects.all(), allow_null=True, help_text="code"
    )
    language = serializers.ChoiceField(choices=settings.LANGUAGES)


class ReactivateWrite(serializers.Serializer[Any]):
    password = serializers.CharField(
        min_length=12, max_length=128, required=False, allow_null=True, default=None, write_only=True
    )


class MembershipShape(serializers.ModelSerializer[Membership]):
    team: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="code", read_only=True)
    user: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(slug_field="uid", read_only=True)

    class Meta:
        model = Membership
        fields = ("team", "user", "since", "until")
        read_only_fields = fields


class MembershipEnd(serializers.Serializer[Any]):
    user = serializers.SlugRelatedField(slug_field="uid", queryset=User.objects.all())
    until = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="today if left out"
    )


class StepShape(serializers.Serializer[Any]):
    """What becomes of one row of the file."""

    line = serializers.IntegerField()
    kind = serializers.CharField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[(o, o) for o in ("create", "update", "unchanged", "error")])
    fields_changed = serializers.CharField(source="fields", help_text="columns an update changes")
    code = serializers.CharField()
    text = serializers.CharField()


class ImportShape(serializers.Serializer[Any]):
    digest = serializers.CharField(help_text="of the bytes; give it back to import them")
    encoding = serializers.CharField()
    counts = serializers.DictField(child=serializers.IntegerField())
    rows = StepShape(source="steps", many=True)
