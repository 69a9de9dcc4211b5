"""Tables of the modeling room."""

from modeling.models.alerts import AlertFiring, MetricAlert
from modeling.models.devices import Device
from modeling.models.guides import BackboneCheck, BackboneFit, BackboneGuide
from modeling.models.plans import Backbone, TrainingPlan
from modeling.models.results import Evaluation, ModelCard, ModelVersion
from modeling.models.runs import LogLine, MetricPoint, RunInput, TrainingRun
from modeling.models.series import MetricSeries
from modeling.models.sweeps import Sweep, SweepTrial
from modeling.models.tracking import TrackedGap, TrackedParam, TrackedTag

__all__ = [
    "AlertFiring",
    "Backbone",
    "BackboneCheck",
    "BackboneFit",
    "BackboneGuide",
    "Device",
    "Evaluation",
    "LogLine",
    "MetricAlert",
    "MetricPoint",
    "MetricSeries",
    "ModelCard",
    "ModelVersion",
    "RunInput",
    "Sweep",
    "SweepTrial",
    "TrackedGap",
    "TrackedParam",
    "TrackedTag",
    "TrainingPlan",
    "TrainingRun",
]
