"""Which runs a decision allowed, and whether a second run of one came to the same weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from governance.choices import JobState
from governance.models import Permit, User
from modeling.models import TrainingRun


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs of one plan on the same bytes. ``changed``: name, then and now, of what else differs: library
    versions and scores."""

    first: TrainingRun
    again: TrainingRun
    weights: tuple[str, str]
    changed: tuple[tuple[str, str, str], ...]

    @property
    def same(self) -> bool:
        return bool(self.weights[0]) and self.weights[0] == self.weights[1]


def runs_of_decision(user: User, decision: str) -> list[TrainingRun]:
    """The runs a decision's permits let in that came to a model, newest first and one of each plan on each
    data; only what the user may see."""
    permits = Permit.objects.filter(decision__uid=decision).values_list("uid", flat=True)
    rows = (
        TrainingRun.objects.visible_to(user)
        .filter(inputs__permit_uid__in=list(permits), state=JobState.SUCCEEDED, external=False)
        .select_related("plan__backbone", "requested_by")
        .prefetch_related("inputs__version__dataset")
        .distinct()
        .order_by("-created_at", "-id")
    )
    found: dict[tuple[Any, ...], TrainingRun] = {}
    for run in rows:
        if _hash(run):
            data = ((part.role, part.digest, part.where_equals) for part in run.inputs.all())
            found.setdefault((run.plan_digest, *sorted(data)), run)
    return list(found.values())


def compare(first: TrainingRun, again: TrainingRun) -> Compared:
    """What a second run came to beside the first."""
    changed = [
        (f"versions.{name}", str(was), str(now))
        for name, was, now in _pairs(first.result.get("versions"), again.result.get("versions"))
        if was != now
    ]
    before, after = (_scores(run) for run in (first, again))
    changed += [(name, was, now) for name, was, now in _pairs(before, after) if was != now]
    return Compared(first, again, (_hash(first), _hash(again)), tuple(changed))


def _hash(run: TrainingRun) -> str:
    return str((run.result.get("reproduce") or {}).get("weights_sha256", ""))


def _scores(run: TrainingRun) -> dict[str, str]:
    rows = run.evaluations.filter(model="fine_tuned").values_list("metric", "value")
    return {metric: repr(value) for metric, value in rows}


def _pairs(first: dict[str, Any] | None, again: dict[str, Any] | None) -> list[tuple[str, Any, Any]]:
    was, now = first or {}, again or {}
    return [(name, was.get(name, ""), now.get(name, "")) for name in sorted({*was, *now})]
