"""Terms and orders of the search grammar as conditions over training runs, for both databases."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext as _

from governance.choices import JobState
from modeling.exceptions import MlflowInvalid
from modeling.mlflow.grammar import Order, Term
from modeling.models import MetricPoint, RunInput, TrackedParam, TrackedTag, TrainingPlan, TrainingRun
from modeling.selectors.tracking import plan_params

STATUS = {
    JobState.WAITING: "SCHEDULED",
    JobState.QUEUED: "SCHEDULED",
    JobState.RUNNING: "RUNNING",
    JobState.SUCCEEDED: "FINISHED",
    JobState.FAILED: "FAILED",
    JobState.CANCELLED: "KILLED",
}
LOOKUPS = {"=": "exact", "!=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
COMPARE: dict[str, Callable[[str, str], bool]] = {"=": operator.eq, "!=": operator.ne}
LONGEST_LIKE = 200
MOST_WILD = 5
COLUMNS = {"run_name": "name", "runName": "name", "run_id": "uid", "user_id": "requested_by__username"}
INSTANTS = {"start_time": "created_at", "end_time": "finished_at", "created": "created_at"}
TAG_COLUMNS = {
    "mlflow.runName": "name",
    "mlflow.user": "requested_by__username",
    "mlflow.note.content": "notes",
    "gavel.state": "state",
    "gavel.reason": "reason",
    "gavel.purpose": "plan__purpose",
    "gavel.plan_digest": "plan_digest",
}
INPUT_TAGS = {"gavel.permit": "permit_uid", "gavel.data": "version__uid", "gavel.data_digest": "digest"}


def _refused(term: Term | Order) -> MlflowInvalid:
    words = _("“%(name)s” cannot be compared or sorted like that")
    return MlflowInvalid(reason=words % {"name": f"{term.kind}.{term.key}"[:80]})


def filtered(
    runs: QuerySet[TrainingRun], terms: Sequence[Term], plans: Sequence[TrainingPlan]
) -> QuerySet[TrainingRun]:
    """The runs for which all terms hold. `plans`: those whose runs are searched. Raises MlflowInvalid."""
    makers = {"metric": _metric, "tag": _tag, "attribute": _attribute}
    for number, term in enumerate(terms):
        if term.kind == "metric":
            runs = _metric(runs, term, f"metric_{number}")
        elif term.kind == "param":
            runs = runs.filter(_param(term, plans))
        else:
            runs = runs.filter(makers[term.kind](term))  # type: ignore[operator]
    return runs


def text_condition(column: str, term: Term) -> Q:
    """A comparison of a text column. Raises MlflowInvalid."""
    if term.op in {"in", "not in"}:
        found = Q(**{f"{column}__in": term.value})
        return found if term.op == "in" else ~found
    if term.op in {"=", "!="} and isinstance(term.value, str):
        found = Q(**{column: term.value})
        return found if term.op == "=" else ~found
    if term.op in {"like", "ilike"} and isinstance(term.value, str):
        lookup = "regex" if term.op == "like" else "iregex"
        return Q(**{f"{column}__{lookup}": _pattern(term)})
    raise _refused(term)


def _pattern(term: Term) -> str:
    """A LIKE pattern as an anchored regular expression: alike on both databases, unlike their own LIKE."""
    text = str(term.value)
    if len(text) > LONGEST_LIKE or text.count("%") > MOST_WILD:
        raise _refused(term)
    parts = {"%": "(.|\n)*", "_": "(.|\n)"}
    return "^" + "".join(parts.get(char, re.escape(char)) for char in text) + "$"


def _metric(runs: QuerySet[TrainingRun], term: Term, name: str) -> QuerySet[TrainingRun]:
    if term.op not in LOOKUPS or not isinstance(term.value, float):
        raise _refused(term)
    rows = runs.annotate(**{name: _last_value(term.key)})
    if term.op == "!=":
        return rows.filter(**{f"{name}__isnull": False}).exclude(**{name: term.value})
    return rows.filter(**{f"{name}__{LOOKUPS[term.op]}": term.value})


def _last_value(metric: str) -> Subquery:
    points = MetricPoint.objects.filter(run=OuterRef("pk"), metric=metric)
    return Subquery(points.order_by("-step").values("value")[:1])


def _keyed(model: type[TrackedParam] | type[TrackedTag], term: Term) -> Q:
    """A condition over stored keys; as in MLflow, `!=` asks that the key is there."""
    rows = model._default_manager.filter(run=OuterRef("pk"), key=term.key)
    if term.op in {"null", "not null"}:
        return ~Q(Exists(rows)) if term.op == "null" else Q(Exists(rows))
    return Q(Exists(rows.filter(text_condition("value", term))))


def _param(term: Term, plans: Sequence[TrainingPlan]) -> Q:
    """Of runs outside the stored parameters; of runs inside those of their plan."""
    fits = [plan.pk for plan in plans if _holds(term, plan_params(plan).get(term.key))]
    return Q(external=True) & _keyed(TrackedParam, term) | Q(external=False, plan__in=fits)


def _holds(term: Term, value: str | None) -> bool:
    if term.op in {"null", "not null"}:
        return (value is None) == (term.op == "null")
    if value is None:
        return False
    if term.op in {"in", "not in"}:
        return (value in tuple(str(one) for one in _several(term))) == (term.op == "in")
    if term.op in {"like", "ilike"}:
        return re.search(_pattern(term), value, re.IGNORECASE if term.op == "ilike" else 0) is not None
    if term.op not in COMPARE or not isinstance(term.value, str):
        raise _refused(term)
    return COMPARE[term.op](value, term.value)


def _several(term: Term) -> tuple[str, ...]:
    return term.value if isinstance(term.value, tuple) else ()


def _tag(term: Term) -> Q:
    base, _dot, role = (
        term.key.rpartition(".") if term.key.endswith((".valid", ".test")) else (term.key, "", "train")
    )
    if base in INPUT_TAGS:
        rows = RunInput.objects.filter(run=OuterRef("pk"), role=role).exclude(**{INPUT_TAGS[base]: ""})
        if term.op in {"null", "not null"}:
            return ~Q(Exists(rows)) if term.op == "null" else Q(Exists(rows))
        return Q(Exists(rows.filter(text_condition(INPUT_TAGS[base], term))))
    if term.key in TAG_COLUMNS:
        column = TAG_COLUMNS[term.key]
        if term.op in {"null", "not null"}:
            return Q(**{column: ""}) if term.op == "null" else ~Q(**{column: ""})
        return text_condition(column, term)
    return _keyed(TrackedTag, term)


def _attribute(term: Term) -> Q:
    if term.key == "status":
        return _status(term)
    if term.key in COLUMNS:
        return text_condition(COLUMNS[term.key], term)
    if term.key in INSTANTS and term.op in LOOKUPS and isinstance(term.value, float):
        found = Q(**{f"{INSTANTS[term.key]}__{LOOKUPS[term.op]}": _instant(term)})
        return ~found if term.op == "!=" else found
    raise _refused(term)


def _status(term: Term) -> Q:
    wanted = {str(term.value)} if term.op in {"=", "!="} else set(_several(term))
    if term.op not in {"=", "!=", "in", "not in"}:
        raise _refused(term)
    states = [state for state, word in STATUS.items() if word in {one.upper() for one in wanted}]
    found = Q(state__in=states)
    return found if term.op in {"=", "in"} else ~found


def _instant(term: Term) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(float(str(term.value)) / 1000, dt.UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise _refused(term) from error


def ordered(
    runs: QuerySet[TrainingRun], orders: Sequence[Order], plans: Sequence[TrainingPlan]
) -> QuerySet[TrainingRun]:
    """Sorted, runs without a value last; then the newest first. Raises MlflowInvalid."""
    keys: list[Any] = []
    for number, order in enumerate(orders):
        name = f"order_{number}"
        runs = runs.annotate(**{name: _sorted_by(order, plans)})
        column = F(name)
        keys.append(column.desc(nulls_last=True) if order.descending else column.asc(nulls_last=True))
    return runs.order_by(*keys, "-created_at", "-id")


def _sorted_by(order: Order, plans: Sequence[TrainingPlan]) -> Any:
    if order.kind == "metric":
        return _last_value(order.key)
    column = TAG_COLUMNS.get(order.key) if order.kind == "tag" else None
    if order.kind == "attribute":
        column = {**COLUMNS, **INSTANTS, "status": "state", "Created": "created_at"}.get(order.key)
        if column is None:
            raise _refused(order)
    if column is not None:
        return F(column)
    if order.kind == "tag":
        return Subquery(TrackedTag.objects.filter(run=OuterRef("pk"), key=order.key).values("value")[:1])
    stored = Subquery(TrackedParam.objects.filter(run=OuterRef("pk"), key=order.key).values("value")[:1])
    known = [(plan.pk, plan_params(plan).get(order.key)) for plan in plans]
    inside = [When(external=False, plan=pk, then=Value(value)) for pk, value in known if value is not None]
    return Case(*inside, When(external=True, then=stored), default=Value(None))
