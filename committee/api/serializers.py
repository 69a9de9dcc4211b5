"""What the committee looks like over the API. Writes are checked by the actions, votes by the engine."""

from __future__ import annotations

from typing import Any

from django.utils.translation import override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from committee import actions
from committee.choices import BallotChoice, CaseAction, SeatRole
from committee.models import Case, Committee, Seat
from committee.selectors import CommitteeView, rule_sentences

LANGUAGES = ("en", "zh-hans")


class Text(serializers.CharField):
    """Free text bounded before anything reads it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=kwargs.pop("max_length", actions.LONGEST_TEXT), **kwargs)


class SubjectShape(serializers.Serializer[Any]):
    kind = serializers.CharField(max_length=40)
    id = serializers.CharField(max_length=64)
    digest = serializers.CharField(max_length=80, read_only=True)


class CaseSerializer(serializers.ModelSerializer[Case]):
    requester = serializers.CharField(source="requester.username", read_only=True)
    requesting_team = serializers.CharField(source="requesting_team.code", read_only=True)
    subject = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    predecessor = serializers.CharField(
        source="predecessor.uid", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Case
        fields = (
            "uid",
            "number",
            "action",
            "purpose",
            "title",
            "title_zh",
            "reason",
            "level",
            "subject",
            "requester",
            "requesting_team",
            "holder",
            "terms",
            "predecessor",
            "advice",
            "state",
            "outcome",
            "counts",
            "created_at",
            "opened_at",
            "closes_at",
            "closed_at",
        )
        read_only_fields = fields

    @extend_schema_field(SubjectShape)
    def get_subject(self, case: Case) -> dict[str, str]:
        return {"kind": case.subject_kind, "id": case.subject_id, "digest": case.subject_digest}

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_counts(self, case: Case) -> dict[str, int]:
        """Presence and the number needed; how seats chose is in the tally, as the reader may see it."""
        counts = case.tally.get("counts", {})
        return {
            name: counts[name]
            for name in ("quorum_have", "quorum_needed", "eligible", "seats")
            if name in counts
        }


class CaseCreate(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=CaseAction.choices)
    subject = SubjectShape()
    purpose = serializers.CharField(max_length=80)
    team = serializers.CharField(max_length=64, help_text="uid or code of a team one belongs to")
    terms = serializers.JSONField(required=False, default=dict)
    reason = Text(required=False, default="", allow_blank=True)
    predecessor = serializers.CharField(
        max_length=64, required=False, default="", allow_blank=True, help_text="uid of the case it follows"
    )

    def validate_terms(self, terms: Any) -> dict[str, Any]:
        if not isinstance(terms, dict):
            raise serializers.ValidationError("not an object")
        return terms


class ConditionShape(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=80)
    owner = serializers.CharField(max_length=64, help_text="uid of an active person")
    due = serializers.CharField(max_length=10, help_text="YYYY-MM-DD in the committee's time zone")
    when = serializers.ChoiceField(choices=[("before_use", "before_use"), ("by_due", "by_due")])
    evidence = Text(max_length=actions.LONGEST_EVIDENCE)


class BallotWrite(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(choices=BallotChoice.choices)
    seat = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    rationale = Text(required=False, default="", allow_blank=True)
    conditions = ConditionShape(many=True, required=False, default=list)
    bound_to = serializers.CharField(max_length=80, required=False, default="", allow_blank=True)
    no_interest = serializers.BooleanField(required=False, default=False)


class ReasonWrite(serializers.Serializer[Any]):
    reason = Text(allow_blank=True)


class ConflictWrite(ReasonWrite):
    member = serializers.CharField(max_length=64, required=False, help_text="uid; oneself where left out")


class EvidenceWrite(serializers.Serializer[Any]):
    evidence = Text(max_length=actions.LONGEST_EVIDENCE)


class SeatSerializer(serializers.ModelSerializer[Seat]):
    seat = serializers.CharField(source="code")
    member = serializers.CharField(source="member.username")
    team = serializers.CharField(source="team.code", default=None, allow_null=True)
    alternate = serializers.CharField(source="alternate.username", default=None, allow_null=True)

    class Meta:
        model = Seat
        fields = ("seat", "member", "role", "functions", "team", "alternate", "term_from", "term_to")
        read_only_fields = fields


class LawShape(serializers.Serializer[Any]):
    """A stored rule text with its digest and the same in plain words."""

    id = serializers.CharField()
    title = serializers.CharField()
    title_zh = serializers.CharField()
    digest = serializers.CharField()
    document = serializers.JSONField()
    en = serializers.ListField(child=serializers.CharField())
    zh = serializers.ListField(child=serializers.CharField())


class CommitteeShape(serializers.Serializer[Any]):
    """The body and its law, in both languages."""

    uid = serializers.CharField()
    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    secretary = serializers.CharField(allow_null=True)
    calendar = serializers.JSONField()
    seats = SeatSerializer(many=True)
    charter = LawShape()
    policies = LawShape(many=True)
    access = serializers.DictField(child=serializers.IntegerField())


def committee_shape(view: CommitteeView) -> dict[str, Any]:
    body: Committee = view.body
    charter = view.charter
    return {
        "uid": body.uid,
        "code": body.code,
        "name": body.name,
        "name_zh": body.name_zh,
        "secretary": body.secretary.username if body.secretary else None,
        "calendar": body.calendar,
        "seats": SeatSerializer([line.seat for line in view.seats], many=True).data,
        "charter": _law(
            charter.version, "", "", charter.digest, view.charter_document, view.charter_document
        ),
        "policies": [
            _law(
                p.policy.code,
                p.policy.title,
                p.policy.title_zh,
                p.policy.digest,
                p.document,
                p.document["set"],
            )
            for p in view.policies
        ],
        "access": {rule.action: rule.min_level for rule in view.access},
    }


def _law(
    name: str, title: str, title_zh: str, digest: str, document: dict[str, Any], rules: dict[str, Any]
) -> dict[str, Any]:
    words = {}
    for language in LANGUAGES:
        with override(language):
            words[language] = rule_sentences(rules)
    return {
        "id": name,
        "title": title,
        "title_zh": title_zh,
        "digest": digest,
        "document": document,
        "en": words["en"],
        "zh": words["zh-hans"],
    }


class SeatWrite(serializers.Serializer[Any]):
    seat = serializers.CharField(max_length=40)
    member = serializers.CharField(max_length=150, help_text="username")
    role = serializers.ChoiceField(choices=SeatRole.choices)
    functions = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, default=list
    )
    team = serializers.CharField(
        max_length=40, required=False, allow_null=True, default=None, help_text="code"
    )
    alternate = serializers.CharField(max_length=150, required=False, allow_null=True, default=None)
    term_from = serializers.DateField()
    term_to = serializers.DateField(required=False, allow_null=True, default=None)


class PolicyWrite(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=200)
    title_zh = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    document = serializers.DictField(help_text="{id, match, set} as the case schema wants a policy")


class FoundingWrite(serializers.Serializer[Any]):
    """Everything a committee starts with; possible once."""

    code = serializers.SlugField(max_length=40)
    name = serializers.CharField(max_length=120)
    name_zh = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    secretary = serializers.CharField(max_length=150, required=False, allow_null=True, default=None)
    calendar = serializers.DictField()
    charter = serializers.DictField()
    seats = SeatWrite(many=True)
    policies = PolicyWrite(many=True, required=False, default=list)
    access = serializers.DictField(child=serializers.IntegerField(), required=False, default=dict)
