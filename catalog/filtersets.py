"""Filters of API lists that speak of things by their uid or word rather than by a path through tables."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import Q, QuerySet

from catalog.choices import Dimension, Engine, GateState, Severity, Verdict
from catalog.models import RuleOutcome, ValidationRun
from governance.choices import JobState


class ValidationRunFilters(filters.FilterSet):  # type: ignore[misc]
    dataset = filters.CharFilter(field_name="version__dataset__uid", label="uid of the dataset")
    version = filters.CharFilter(field_name="version__uid", label="uid of the version")
    standard_version = filters.CharFilter(field_name="standard_version__uid", label="uid")
    state = filters.ChoiceFilter(choices=JobState.choices)
    verdict = filters.ChoiceFilter(choices=Verdict.choices)
    gate = filters.ChoiceFilter(choices=GateState.choices[:3])
    engine = filters.ChoiceFilter(field_name="engine_name", choices=Engine.choices)
    version__uid = filters.CharFilter(label="the same as version")
    version__dataset__name = filters.CharFilter(label="name of the dataset")

    class Meta:
        model = ValidationRun
        fields: tuple[str, ...] = ()


class OutcomeFilters(filters.FilterSet):  # type: ignore[misc]
    verdict = filters.ChoiceFilter(choices=Verdict.choices)
    severity = filters.ChoiceFilter(choices=Severity.choices)
    dimension = filters.ChoiceFilter(choices=Dimension.choices)
    kind = filters.CharFilter()
    rule = filters.CharFilter(field_name="rule_id")
    q = filters.CharFilter(method="searched", label="words in rule, name or sentence")

    class Meta:
        model = RuleOutcome
        fields: tuple[str, ...] = ()

    def searched(self, rows: QuerySet[RuleOutcome], _name: str, words: str) -> QuerySet[RuleOutcome]:
        """Rules whose id, name or sentence in either language holds the words."""
        fields = ("rule_id", "name", "message_en", "message_zh")
        wanted: Any = Q()
        for field in fields:
            wanted |= Q(**{f"{field}__icontains": words})
        return rows.filter(wanted)
