"""Addresses below /api/2.0/: those of MLflow's client."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext_lazy as _

from modeling.mlflow import catalogue, runs
from modeling.mlflow.views import (
    ArtifactView,
    Endpoint,
    Handler,
    artifacts_list,
    refused,
    run_artifacts,
    unknown,
)


def route(address: str, **handlers: Handler) -> URLPattern:
    methods = {method.upper(): handler for method, handler in handlers.items()}
    return path(address, Endpoint.as_view(handlers=methods))


PLAN = refused(_("an experiment is a training plan, which is made in Gavel"))
KEPT = refused(_("history is not deleted"))
MODEL = refused(_("models are registered by runs inside Gavel, and promoted by decision"))
DATA = refused(_("the data of a run is what its permit names"))


def _refusals() -> list[URLPattern]:
    plans = ("create", "update", "set-experiment-tag", "delete-experiment-tag")
    names = ("create", "rename", "update", "delete", "set-tag", "delete-tag", "alias")
    versions = ("create", "update", "delete", "transition-stage", "set-tag", "delete-tag")
    every: dict[str, Any] = {
        **{f"mlflow/experiments/{word}": PLAN for word in plans},
        **{
            f"mlflow/{kind}/{word}": KEPT
            for kind in ("experiments", "runs")
            for word in ("delete", "restore")
        },
        **{f"mlflow/registered-models/{word}": MODEL for word in names if word != "alias"},
        **{f"mlflow/model-versions/{word}": MODEL for word in versions},
        "mlflow/logged-models": MODEL,
        "mlflow/runs/outputs": MODEL,
        "mlflow/runs/log-model": MODEL,
        "mlflow/runs/log-inputs": DATA,
    }
    return [route(address, post=said, patch=said, delete=said) for address, said in every.items()]


urlpatterns = [
    route("mlflow/experiments/get", get=catalogue.experiment),
    route("mlflow/experiments/get-by-name", get=catalogue.experiment_by_name),
    route("mlflow/experiments/search", get=catalogue.experiments, post=catalogue.experiments),
    route("mlflow/runs/create", post=runs.create),
    route("mlflow/runs/get", get=runs.get),
    route("mlflow/runs/update", post=runs.update),
    route("mlflow/runs/search", post=runs.search),
    route("mlflow/runs/log-metric", post=runs.log_metric),
    route("mlflow/runs/log-parameter", post=runs.log_param),
    route("mlflow/runs/log-batch", post=runs.log_batch),
    route("mlflow/runs/set-tag", post=runs.set_tag),
    route("mlflow/runs/delete-tag", post=runs.delete_tag),
    route("mlflow/metrics/get-history", get=runs.history),
    route("mlflow/artifacts/list", get=run_artifacts),
    route("mlflow/registered-models/get", get=catalogue.registered_model),
    route("mlflow/registered-models/search", get=catalogue.registered_models),
    route("mlflow/registered-models/alias", get=catalogue.model_by_alias, post=MODEL, delete=MODEL),
    route("mlflow/model-versions/get", get=catalogue.model_version),
    route("mlflow/model-versions/search", get=catalogue.model_versions),
    route("mlflow/model-versions/get-download-uri", get=catalogue.download_uri),
    route("mlflow/logged-models/search", post=catalogue.logged_models),
    route("mlflow-artifacts/artifacts", get=artifacts_list),
    path("mlflow-artifacts/artifacts/<path:path>", ArtifactView.as_view()),
    *_refusals(),
    re_path(
        r"^mlflow(?:-artifacts)?/.*$",
        Endpoint.as_view(handlers=dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), unknown)),
    ),
]
