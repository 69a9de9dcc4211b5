"""The REST API of searches over hyper-parameters. Reads are scoped, writes call actions."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.views import ReadOnly, caller
from modeling import sweeps
from modeling.api.serializers import InputGiven
from modeling.api.views import input_of
from modeling.models import Sweep, SweepTrial, TrainingPlan
from modeling.selectors import sweeps as found_by


class SweepTrialSerializer(serializers.ModelSerializer[SweepTrial]):
    run: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    state = serializers.CharField(source="run.state", read_only=True)

    class Meta:
        model = SweepTrial
        fields = ["number", "run", "state", "values", "value"]
        read_only_fields = fields


class SweepSerializer(serializers.ModelSerializer[Sweep]):
    plan: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    requested_by: Any = serializers.SlugRelatedField(slug_field="uid", read_only=True)
    trials = SweepTrialSerializer(many=True, read_only=True)
    best_run = serializers.SerializerMethodField()

    class Meta:
        model = Sweep
        fields = [
            "uid", "name", "plan", "space", "trials_asked", "parallel", "cpu_seconds", "seed", "state",
            "reason", "best_run", "trials", "requested_by", "created_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_best_run(self, sweep: Sweep) -> str:
        best = found_by.best_of(list(sweep.trials.all()))
        return best.run.uid if best else ""


class SweepRequest(serializers.Serializer[Any]):
    plan = serializers.SlugRelatedField(slug_field="uid", queryset=TrainingPlan.objects.all())
    inputs = InputGiven(many=True)
    space = serializers.DictField(
        child=serializers.DictField(),
        help_text='{"recipe.learning_rate": {"low": 1e-5, "high": 1e-3, "log": true}, '
        '"options.rank": {"choices": [4, 8]}}',
    )
    cpu_seconds = serializers.IntegerField(min_value=1, max_value=100_000_000, help_text="of each trial")
    trials = serializers.IntegerField(min_value=2, max_value=200, required=False, default=20)
    parallel = serializers.IntegerField(min_value=1, max_value=16, required=False, default=1)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=0)
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)


class SweepViewSet(ReadOnly):
    queryset = Sweep.objects.order_by("-id")
    serializer_class = SweepSerializer
    filterset_fields = ["state", "plan__uid"]

    def get_queryset(self) -> QuerySet[Sweep]:
        trials = SweepTrial.objects.select_related("run").order_by("number")
        rows = Sweep.objects.visible_to(self.request.user).select_related("plan", "requested_by")
        return rows.prefetch_related(Prefetch("trials", trials)).order_by("-id")

    @extend_schema(request=SweepRequest, responses={201: SweepSerializer})
    def create(self, request: Request) -> Response:
        """Begin a search: the plan as it is first, then values proposed from what earlier trials gave."""
        sent = SweepRequest(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        given["inputs"] = [input_of(caller(request), part) for part in given["inputs"]]
        sweep = sweeps.sweep_begin(actor=caller(request), **given)
        return Response(SweepSerializer(sweep).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=SweepSerializer)
    @action(detail=True, methods=["post"], filterset_fields=[])
    def stop(self, request: Request, uid: str) -> Response:
        """No further trial; those under way stop."""
        sweep = self.get_object()
        sweeps.sweep_stop(actor=caller(request), sweep=sweep)
        return Response(SweepSerializer(self.get_object()).data)
