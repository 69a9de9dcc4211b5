"""Handlers of experiments and registered models: both are read here and made elsewhere."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from governance.exceptions import NotFound
from governance.models import User
from modeling.choices import ModelState
from modeling.exceptions import MlflowInvalid, ModelNotUsable
from modeling.mlflow import messages
from modeling.mlflow.grammar import parse_filter
from modeling.mlflow.messages import text
from modeling.mlflow.runs import plan_of
from modeling.mlflow.search import text_condition
from modeling.mlflow.views import Body
from modeling.models import ModelVersion, TrainingPlan
from modeling.selectors import withdrawn
from modeling.selectors.pages import models_of

MOST_LISTED = 200
PROMOTED = "promoted"
PROMPT = "mlflow.prompt.is_prompt"


def _narrowed(rows: QuerySet[Any], body: Body, columns: dict[str, str]) -> QuerySet[Any]:
    """Raises MlflowInvalid for a term about anything but `columns`."""
    for term in parse_filter(text(body, "filter", longest=5000)):
        if (term.kind, term.key) == ("tag", PROMPT):  # what its client adds to every search of models
            rows = rows if term.op == "!=" else rows.none()
            continue
        if term.kind != "attribute" or term.key not in columns:
            raise MlflowInvalid(reason=f"filter: {term.key[:60]}")
        rows = rows.filter(text_condition(columns[term.key], term))
    return rows


def _page(rows: QuerySet[Any], body: Body) -> tuple[list[Any], dict[str, Any]]:
    """A page of rows, and an answer that names the next one."""
    offset, limit = messages.page(body, default=MOST_LISTED, most=MOST_LISTED)
    found = list(rows[offset : offset + limit + 1])
    return found[:limit], messages.paged({}, offset=offset, limit=limit, more=len(found) > limit)


def experiment(user: User, body: Body) -> dict[str, Any]:
    plan = plan_of(user, text(body, "experiment_id", longest=64, needed=True))
    return {"experiment": messages.experiment(plan)}


def experiment_by_name(user: User, body: Body) -> dict[str, Any]:
    """The newest plan of the name, or the plan whose uid it is. Raises NotFound."""
    name = text(body, "experiment_name", needed=True)
    seen = TrainingPlan.objects.visible_to(user)
    plan = seen.filter(uid=name).first() or seen.filter(name=name).order_by("-created_at", "-id").first()
    if not isinstance(plan, TrainingPlan):
        raise NotFound
    return {"experiment": messages.experiment(plan)}


def experiments(user: User, body: Body) -> dict[str, Any]:
    rows = TrainingPlan.objects.visible_to(user).order_by("-created_at", "-id")
    found, answer = _page(_narrowed(rows, body, {"name": "name"}), body)
    return {"experiments": [messages.experiment(plan) for plan in found], **answer}


def registered_model(user: User, body: Body) -> dict[str, Any]:
    models = _versions(user, [text(body, "name", needed=True)])
    if not models:
        raise NotFound
    return {"registered_model": messages.registered(next(iter(models.values())))}


def _versions(user: User, names: list[str]) -> dict[str, list[ModelVersion]]:
    """Versions by name, oldest first."""
    found: dict[str, list[ModelVersion]] = {}
    for model in models_of(user).filter(name__in=names).order_by("name", "number"):
        found.setdefault(model.name, []).append(model)
    return found


def registered_models(user: User, body: Body) -> dict[str, Any]:
    rows = _narrowed(ModelVersion.objects.visible_to(user), body, {"name": "name"})
    names, answer = _page(rows.order_by("name").values_list("name", flat=True).distinct(), body)
    models = _versions(user, names)
    return {"registered_models": [messages.registered(models[name]) for name in names], **answer}


def _version(user: User, body: Body) -> ModelVersion:
    number = messages.whole(body.get("version"), "version", most=2**31 - 1)
    model = models_of(user).filter(name=text(body, "name", needed=True), number=number).first()
    if model is None:
        raise NotFound
    return model


def model_version(user: User, body: Body) -> dict[str, Any]:
    return {"model_version": messages.model_version(_version(user, body))}


def model_versions(user: User, body: Body) -> dict[str, Any]:
    columns = {"name": "name", "run_id": "run__uid"}
    rows = _narrowed(models_of(user).order_by("name", "-number"), body, columns)
    found, answer = _page(rows, body)
    return {"model_versions": [messages.model_version(model) for model in found], **answer}


def model_by_alias(user: User, body: Body) -> dict[str, Any]:
    """The one alias there is: `promoted`, the newest promoted version."""
    rows = models_of(user).filter(name=text(body, "name", needed=True), state=ModelState.PROMOTED)
    model = rows.order_by("-number").first() if text(body, "alias") == PROMOTED else None
    if model is None:
        raise NotFound
    return {"model_version": messages.model_version(model)}


def download_uri(user: User, body: Body) -> dict[str, Any]:
    """Raises ModelNotUsable for a model that may no longer be used."""
    model = _version(user, body)
    if withdrawn(model.uid):
        raise ModelNotUsable
    return {"artifact_uri": f"{messages.artifact_uri(model.run)}/model"}


def logged_models(user: User, body: Body) -> dict[str, Any]:
    """None: a model is registered by a run inside, never logged. Clients ask when they list files."""
    return {"models": []}
