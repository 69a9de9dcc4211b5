"""Handlers of runs: begin, log, end, tags, and reading."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from governance.choices import JobState
from governance.exceptions import NotFound
from governance.models import User
from modeling import actions, outside
from modeling.logged import Logged
from modeling.mlflow import messages
from modeling.mlflow.grammar import parse_filter, parse_order
from modeling.mlflow.messages import COST_TAG, NAME_TAG, NOTE_TAG, PERMIT_TAGS, USER_TAG, text
from modeling.mlflow.search import filtered, ordered
from modeling.mlflow.views import Body, run_of
from modeling.models import TrainingPlan, TrainingRun
from modeling.selectors import tracking

MOST_RUNS, MOST_HISTORY = 500, 25_000
MOST_EXPERIMENTS = 100
DEFAULT_CPU_SECONDS = 3600
ENDS = {"FINISHED": JobState.SUCCEEDED, "FAILED": JobState.FAILED, "KILLED": JobState.CANCELLED}


def plan_of(user: User, uid: str) -> TrainingPlan:
    plan = TrainingPlan.objects.visible_to(user).filter(uid=uid).first()
    if not isinstance(plan, TrainingPlan):
        raise NotFound
    return plan


def create(user: User, body: Body) -> dict[str, Any]:
    """Begin a run outside under the permits its tags name."""
    plan = plan_of(user, text(body, "experiment_id", longest=64, needed=True))
    tags = messages.tags(messages.items(body, "tags", messages.MOST_TAGS), starting=True)
    permits = {role: tags.pop(tag) for tag, role in PERMIT_TAGS.items() if tags.get(tag)}
    cost = messages.whole(tags.pop(COST_TAG, DEFAULT_CPU_SECONDS), COST_TAG, least=1)
    name, note = tags.pop(NAME_TAG, ""), tags.pop(NOTE_TAG, "")
    tags.pop(USER_TAG, None)
    run = outside.run_begin(
        actor=user,
        plan=plan,
        name=text(body, "run_name") or name,
        permit_uids=permits,
        cpu_seconds=cost,
        tags=tags,
    )
    if note:
        actions.run_note(actor=user, run=run, notes=note)
    return {"run": _whole(user, run)}


def _whole(user: User, run: TrainingRun) -> dict[str, Any]:
    found = tracking.tracked(list(tracking.tracked_of(user).filter(pk=run.pk)))
    if not found:
        raise NotFound
    return messages.run(found[0])


def get(user: User, body: Body) -> dict[str, Any]:
    return {"run": _whole(user, run_of(user, body))}


def update(user: User, body: Body) -> dict[str, Any]:
    """End or rename a run; one that ended does not begin again."""
    run, status, name = run_of(user, body), text(body, "status", longest=20), text(body, "run_name")
    if name and name != run.name:
        outside.run_rename(actor=user, run=run, name=name)
    if status in ENDS:
        outside.run_finish(actor=user, run=run, state=ENDS[status])
    elif status in {"RUNNING", "SCHEDULED"}:
        outside.ask_to_write(actor=user, run=run)
    elif status:
        raise messages.invalid("status", _("not one of MLflow's"))
    run.refresh_from_db()
    return {"run_info": messages.info(run)}


def log_metric(user: User, body: Body) -> dict[str, Any]:
    outside.run_log(actor=user, run=run_of(user, body), logged=messages.one_metric(body))
    return {}


def log_param(user: User, body: Body) -> dict[str, Any]:
    outside.run_log(actor=user, run=run_of(user, body), logged=Logged(params=messages.params([body])))
    return {}


def log_batch(user: User, body: Body) -> dict[str, Any]:
    """All of a batch or nothing of its metrics, parameters and tags."""
    run, logged = run_of(user, body), messages.batch(body)
    plain = _told(user, run, dict(logged.tags))
    outside.run_log(actor=user, run=run, logged=Logged(logged.points, logged.gaps, logged.params, plain))
    return {}


def _told(user: User, run: TrainingRun, tags: dict[str, str]) -> dict[str, str]:
    """Tags that are columns of ours are written there; the others are returned."""
    name, note = tags.pop(NAME_TAG, None), tags.pop(NOTE_TAG, None)
    tags.pop(USER_TAG, None)
    if name is not None:
        outside.run_rename(actor=user, run=run, name=name)
    if note is not None:
        actions.run_note(actor=user, run=run, notes=note)
    return tags


def set_tag(user: User, body: Body) -> dict[str, Any]:
    run = run_of(user, body)
    plain = _told(user, run, messages.tags([body]))
    if plain:
        outside.run_tag(actor=user, run=run, tags=plain)
    return {}


def delete_tag(user: User, body: Body) -> dict[str, Any]:
    """Raises NotFound for a tag that is not there, or that Gavel itself says."""
    run, key = run_of(user, body), text(body, "key", longest=250, needed=True)
    if key == NOTE_TAG and run.notes:
        actions.run_note(actor=user, run=run, notes="")
    elif run.tags.filter(key=key).exists():
        outside.run_tag(actor=user, run=run, tags={}, gone=[key])
    else:
        raise NotFound
    return {}


def history(user: User, body: Body) -> dict[str, Any]:
    run, key = run_of(user, body), text(body, "metric_key", longest=250, needed=True)
    offset, limit = messages.page(body, default=MOST_HISTORY, most=MOST_HISTORY)
    found = tracking.history(run, key, offset=offset, limit=limit + 1)
    answer = {"metrics": [messages.metric(value) for value in found[:limit]]}
    return messages.paged(answer, offset=offset, limit=limit, more=len(found) > limit)


def search(user: User, body: Body) -> dict[str, Any]:
    """Runs of the named experiments for which every term of the filter holds."""
    uids = body.get("experiment_ids") or []
    if (
        not isinstance(uids, list)
        or len(uids) > MOST_EXPERIMENTS
        or not all(isinstance(u, str) for u in uids)
    ):
        wanted = _("a list of at most %(most)s texts is expected") % {"most": MOST_EXPERIMENTS}
        raise messages.invalid("experiment_ids", wanted)
    offset, limit = messages.page(body, default=MOST_RUNS, most=MOST_RUNS)
    terms = parse_filter(text(body, "filter", longest=5000))
    orders = parse_order(_texts(body, "order_by"))
    if text(body, "run_view_type", longest=20) == "DELETED_ONLY":
        return {"runs": []}
    plans = list(TrainingPlan.objects.visible_to(user).filter(uid__in=uids))
    rows = filtered(tracking.tracked_of(user).filter(plan__in=plans), terms, plans)
    found = list(ordered(rows, orders, plans)[offset : offset + limit + 1])
    answer = {"runs": [messages.run(one) for one in tracking.tracked(found[:limit])]}
    return messages.paged(answer, offset=offset, limit=limit, more=len(found) > limit)


def _texts(body: Body, name: str) -> list[str]:
    found = body.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise messages.invalid(name, _("a list of texts is expected"))
    return found
