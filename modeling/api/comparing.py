"""The shape of a comparison in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from modeling.selectors.comparison import Comparison


class ComparedScore(serializers.Serializer[Any]):
    metric = serializers.CharField()
    n = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class ComparedRun(serializers.Serializer[Any]):
    """One run: settings (flat), the version and digest its scores are of, its permits, every score."""

    run = serializers.CharField()
    name = serializers.CharField()
    plan_digest = serializers.CharField()
    settings = serializers.DictField(child=serializers.CharField())
    test_version = serializers.CharField(allow_null=True)
    test_digest = serializers.CharField(allow_null=True)
    permits = serializers.ListField(child=serializers.CharField())
    scores = ComparedScore(many=True)


def as_json(found: Comparison) -> list[dict[str, Any]]:
    """Plain data of every run, in the order asked."""
    return [
        {
            "run": run.uid,
            "name": run.name,
            "plan_digest": run.plan_digest,
            "settings": {row.name: row.values[at] for row in found.parameters if row.values[at]},
            "test_version": test.version.uid if (test := found.test(run)) else None,
            "test_digest": test.digest if test else None,
            "permits": list(found.permits(run)),
            "scores": [
                {"metric": row.metric, "n": row.n, "value": row.value, "low": row.low, "high": row.high}
                for metric in found.metrics
                if (row := found.evaluations.get((run.pk, metric))) is not None
            ],
        }
        for at, run in enumerate(found.runs)
    ]
