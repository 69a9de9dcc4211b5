"""Requests and answers of MLflow's interface: bounded values in, plain objects out."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from governance.choices import JobState
from modeling.choices import GapKind
from modeling.exceptions import MlflowInvalid
from modeling.logged import Gap, Logged
from modeling.mlflow.search import STATUS
from modeling.models import ModelVersion, TrainingPlan, TrainingRun
from modeling.selectors.tracking import Tracked, Value
from modeling.supervision.lines import Point

MOST_METRICS, MOST_PARAMS, MOST_TAGS, MOST_ENTITIES = 1000, 100, 100, 1000
LONGEST_KEY, LONGEST_METRIC, LONGEST_PARAM, LONGEST_TAG = 250, 80, 6000, 8000
LARGEST_STEP, LAST_INSTANT = 2**31 - 1, 4_102_444_800_000
KEY = re.compile(r"[/\w.\- :]+")
ROLES = ("train", "valid", "test")
PERMIT_TAGS = {"gavel.permit" + ("" if role == "train" else f".{role}"): role for role in ROLES}
COST_TAG = "gavel.cpu_seconds"
NOTE_TAG, NAME_TAG, USER_TAG = "mlflow.note.content", "mlflow.runName", "mlflow.user"


def invalid(name: str, wanted: str) -> MlflowInvalid:
    return MlflowInvalid(reason=f"{name}: {wanted}")


def text(body: Mapping[str, Any], name: str, *, longest: int = 500, needed: bool = False) -> str:
    """A text of a request; "" where it is left out."""
    value = body.get(name)
    if value is None:
        value = ""
    if not isinstance(value, str) or "\0" in value:
        raise invalid(name, _("a text is expected"))
    if len(value) > longest or (needed and not value):
        raise invalid(name, _("a text of 1 to %(longest)s characters is expected") % {"longest": longest})
    return value


def whole(value: Any, name: str, *, least: int = 0, most: int = LAST_INSTANT) -> int:
    """A whole number, also written as text, as protobuf's JSON does. Raises MlflowInvalid."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        wanted = _("a whole number from %(least)s to %(most)s is expected")
        raise invalid(name, wanted % {"least": least, "most": most})
    return value


def items(body: Mapping[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    """A list of objects. Raises MlflowInvalid for anything else, or more than `most`."""
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise invalid(name, _("a list of objects is expected"))
    if len(found) > most:
        raise invalid(name, _("at most %(most)s at once") % {"most": most})
    return found


def _key(body: Mapping[str, Any], longest: int = LONGEST_KEY) -> str:
    key = text(body, "key", longest=longest, needed=True)
    if not KEY.fullmatch(key):
        raise invalid("key", _("letters, digits, blanks and the marks / _ . - : are allowed"))
    return key


def _number(value: Any) -> float:
    """A value of a metric: a number, or its name in protobuf's JSON (NaN, Infinity, -Infinity)."""
    if isinstance(value, str) and value in {"NaN", "Infinity", "-Infinity"}:
        return float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise invalid("value", _("a number is expected"))
    try:
        return float(value)
    except OverflowError as error:
        raise invalid("value", _("a number is expected")) from error


def _points(rows: Iterable[Mapping[str, Any]]) -> tuple[list[Point], list[Gap]]:
    points, gaps = dict[tuple[str, int], Point](), dict[tuple[str, int], Gap]()
    for row in rows:
        metric, value = _key(row, LONGEST_METRIC), _number(row.get("value"))
        step = whole(row.get("step", 0), "step", most=LARGEST_STEP)
        stamp = whole(row.get("timestamp", 0), "timestamp")
        at = dt.datetime.fromtimestamp(stamp / 1000, dt.UTC)
        place = (metric, step)
        points.pop(place, None)
        gaps.pop(place, None)
        if math.isfinite(value):
            points[place] = Point(metric, step, value, 0.0, at)
        else:
            gaps[place] = Gap(metric, step, _gap(value), at)
    return list(points.values()), list(gaps.values())


def _gap(value: float) -> str:
    if math.isnan(value):
        return GapKind.NAN
    return GapKind.UP if value > 0 else GapKind.DOWN


def params(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        key, value = _key(row), text(row, "value", longest=LONGEST_PARAM)
        if found.setdefault(key, value) != value:
            raise invalid(key, _("two values for one parameter"))
    return found


def tags(rows: Iterable[Mapping[str, Any]], *, starting: bool = False) -> dict[str, str]:
    """Tags by key. What Gavel says of a run itself, a client cannot set; only a beginning names permits."""
    found = {_key(row): text(row, "value", longest=LONGEST_TAG) for row in rows}
    allowed = {*PERMIT_TAGS, COST_TAG} if starting else set()
    for key in found:
        if key.startswith("gavel.") and key not in allowed:
            raise invalid(key, _("tags beginning with gavel. are written by Gavel"))
    return found


def batch(body: Mapping[str, Any]) -> Logged:
    """A `log-batch` request within MLflow's limits. Raises MlflowInvalid."""
    rows = items(body, "metrics", MOST_METRICS)
    given, labels = items(body, "params", MOST_PARAMS), items(body, "tags", MOST_TAGS)
    if len(rows) + len(given) + len(labels) > MOST_ENTITIES:
        raise invalid("metrics", _("at most %(most)s at once") % {"most": MOST_ENTITIES})
    points, gaps = _points(rows)
    return Logged(points, gaps, params(given), tags(labels))


def one_metric(body: Mapping[str, Any]) -> Logged:
    points, gaps = _points([body])
    return Logged(points, gaps)


def page(body: Mapping[str, Any], *, default: int, most: int) -> tuple[int, int]:
    """(offset, limit) of a request for a page; a larger page than ours gets ours."""
    limit = min(whole(body.get("max_results") or default, "max_results", least=1), most)
    token = text(body, "page_token")
    if not token:
        return 0, limit
    try:
        found = json.loads(base64.urlsafe_b64decode(token.encode()))
    except (ValueError, UnicodeError, RecursionError) as error:
        raise invalid("page_token", _("not one of ours")) from error
    offset = found.get("offset") if isinstance(found, dict) else None
    return whole(offset, "page_token", most=2**31), limit


def paged(answer: dict[str, Any], *, offset: int, limit: int, more: bool) -> dict[str, Any]:
    if more:
        token = json.dumps({"offset": offset + limit}).encode()
        answer["next_page_token"] = base64.urlsafe_b64encode(token).decode()
    return answer


def millis(at: dt.datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at is not None else None


def experiment(plan: TrainingPlan) -> dict[str, Any]:
    made = millis(plan.created_at)
    labels = {"gavel.purpose": plan.purpose, "gavel.plan_digest": plan.digest, "gavel.task": plan.task}
    return {
        "experiment_id": plan.uid,
        "name": plan.name,
        "artifact_location": "mlflow-artifacts:/runs",
        "lifecycle_stage": "active",
        "creation_time": made,
        "last_update_time": made,
        "tags": pairs(labels),
    }


def pairs(found: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in found.items()]


def artifact_uri(run: TrainingRun) -> str:
    return f"mlflow-artifacts:/runs/{run.uid}"


def info(run: TrainingRun) -> dict[str, Any]:
    found = {
        "run_id": run.uid,
        "run_uuid": run.uid,
        "run_name": run.name,
        "experiment_id": run.plan.uid,
        "user_id": run.requested_by.username,
        "status": STATUS[JobState(run.state)],
        "start_time": millis(run.started_at or run.created_at),
        "end_time": millis(run.finished_at),
        "artifact_uri": artifact_uri(run),
        "lifecycle_stage": "active",
    }
    return {key: value for key, value in found.items() if value is not None}


def metric(value: Value) -> dict[str, Any]:
    number: float | str = "NaN" if math.isnan(value.value) else value.value
    return {"key": value.metric, "value": number, "timestamp": value.at, "step": value.step}


def run(tracked: Tracked) -> dict[str, Any]:
    return {
        "info": info(tracked.run),
        "data": {
            "metrics": [metric(value) for value in tracked.metrics],
            "params": pairs(tracked.params),
            "tags": pairs(tracked.tags),
        },
        "inputs": {},
    }


def model_version(model: ModelVersion) -> dict[str, Any]:
    labels = {
        "gavel.state": model.state,
        "gavel.digest": model.digest,
        "gavel.weights_sha256": model.weights_sha256,
        "gavel.level": str(model.level),
    }
    return {
        "name": model.name,
        "version": str(model.number),
        "creation_timestamp": millis(model.created_at),
        "last_updated_timestamp": millis(model.created_at),
        "user_id": model.run.requested_by.username,
        "current_stage": "None",
        "source": f"{artifact_uri(model.run)}/model",
        "run_id": model.run.uid,
        "status": "READY",
        "tags": pairs(labels),
    }


def registered(models: list[ModelVersion]) -> dict[str, Any]:
    """A registered model from its versions, oldest first."""
    return {
        "name": models[0].name,
        "creation_timestamp": millis(models[0].created_at),
        "last_updated_timestamp": millis(models[-1].created_at),
        "latest_versions": [model_version(models[-1])],
    }
