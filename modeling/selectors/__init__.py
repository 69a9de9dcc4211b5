"""Reads of the modeling room, as frozen dataclasses for pages, API and the committee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from governance import permits
from governance.choices import PermitStatus
from governance.models import User
from modeling.cards import plain, signed
from modeling.choices import ModelState
from modeling.models import Evaluation, LogLine, MetricPoint, ModelVersion, RunInput, TrainingRun
from modeling.training.methods import METHODS, method_card
from modeling.training.tasks import TASKS, task_card

MOST_POINTS = 5000
BAD_ENDS = frozenset({PermitStatus.REVOKED, PermitStatus.VOID, PermitStatus.LAPSED})


@dataclass(frozen=True, slots=True)
class Score:
    """One row of the score table: a model's value with interval, and our gain over it."""

    metric: str
    model: str
    n: int
    value: str
    interval: str
    gain: str
    gain_interval: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the committee needs of a model version; `evaluation` holds text figures only."""

    uid: str
    name: str
    number: int
    digest: str
    level: int
    state: str
    run_uid: str
    contributor_uids: tuple[str, ...]
    headline: str
    headline_zh: str
    better: bool
    evaluation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Points:
    """New metric points after a cursor: series by metric, and the cursor to ask with next."""

    series: dict[str, list[tuple[int, float]]]
    cursor: int


def run_by_uid(user: User, uid: str) -> TrainingRun | None:
    rows = TrainingRun.objects.visible_to(user).select_related("plan__backbone", "requested_by", "device")
    return rows.filter(uid=uid).first()


def points_after(run: TrainingRun, cursor: int) -> Points:
    """At most 5,000 new points of a run in id order; ask again with `cursor`."""
    rows = list(MetricPoint.objects.filter(run=run, id__gt=cursor).order_by("id")[:MOST_POINTS])
    series: dict[str, list[tuple[int, float]]] = {}
    for row in rows:
        series.setdefault(row.metric, []).append((row.step, row.value))
    return Points(series, rows[-1].pk if rows else cursor)


def log_of(run: TrainingRun, limit: int = 200) -> Sequence[LogLine]:
    return list(LogLine.objects.filter(run=run).order_by("-number")[:limit])


def scores_of(run: TrainingRun) -> list[Score]:
    return [_score(row) for row in Evaluation.objects.filter(run=run)]


def _score(row: Evaluation) -> Score:
    return Score(
        metric=row.metric,
        model=row.model,
        n=row.n,
        value=plain(row.value),
        interval=f"{plain(row.low)} – {plain(row.high)}",
        gain=signed(row.gain) if row.gain is not None else "",
        gain_interval=f"{signed(row.gain_low)} – {signed(row.gain_high)}" if row.gain is not None else "",
        verdict=row.verdict,
    )


def model_facts(uid: str) -> ModelFacts | None:
    model = (
        ModelVersion.objects.select_related("run__plan__created_by", "run__requested_by")
        .filter(uid=uid)
        .first()
    )
    if model is None:
        return None
    run = model.run
    metric = task_card(run.plan.task).headline
    rows = {row.model: row for row in Evaluation.objects.filter(run=run, metric=metric)}
    best = max(
        (r for name, r in rows.items() if name != "fine_tuned"), key=lambda r: r.value or 0.0, default=None
    )
    ours = rows.get("fine_tuned")
    en, zh = _headline(metric, ours, best)
    return ModelFacts(
        uid=model.uid,
        name=model.name,
        number=model.number,
        digest=model.digest,
        level=model.level,
        state=model.state,
        run_uid=run.uid,
        contributor_uids=tuple(sorted({run.requested_by.uid, run.plan.created_by.uid})),
        headline=en,
        headline_zh=zh,
        better=bool(best and best.verdict == "better"),
        evaluation={"metric": metric, "scores": [_text(row) for row in rows.values()]},
    )


def _text(row: Evaluation) -> dict[str, Any]:
    score = _score(row)
    return {name: getattr(score, name) for name in Score.__slots__}


def _headline(metric: str, ours: Evaluation | None, best: Evaluation | None) -> tuple[str, str]:
    """One sentence with n and interval against the strongest baseline, in both languages."""
    if ours is None or best is None:
        return "No evaluation is stored.", "没有评估结果。"
    mine, gain = _score(ours), _score(best)
    en = (
        f"{metric} {mine.value} ({mine.interval}), n = {ours.n};"
        f" {gain.gain} ({gain.gain_interval}) against {best.model}."
    )
    zh = (
        f"{metric} {mine.value}（{mine.interval}），n = {ours.n}；"
        f"对比 {best.model}：{gain.gain}（{gain.gain_interval}）。"
    )
    return en, zh


def trainers_on(dataset_uid: str) -> set[str]:
    """Uids of everybody who asked for a run on any version of the dataset."""
    rows = TrainingRun.objects.filter(inputs__version__dataset__uid=dataset_uid)
    return set(rows.values_list("requested_by__uid", flat=True))


def level_of(uid: str) -> int | None:
    """Classification level of a model now: its own, or a higher one its data has got since; None if
    unknown.
    """
    model = ModelVersion.objects.filter(uid=uid).first()
    if model is None:
        return None
    raised = RunInput.objects.filter(run=model.run_id).aggregate(most=Max("version__dataset__level"))["most"]
    return max(model.level, raised or 0)


def withdrawn(uid: str) -> bool:
    """Whether a model may no longer be used: quarantined, its data withdrawn, or its permit ended badly.

    True for a model that does not exist. A permit that merely expired ended well.
    """
    model = ModelVersion.objects.filter(uid=uid).first()
    if model is None or model.state == ModelState.QUARANTINED:
        return True
    parts = RunInput.objects.filter(run=model.run_id)
    if parts.filter(version__dataset__archived_at__isnull=False).exists():
        return True
    held = set(parts.values_list("permit_uid", flat=True))
    return any(permits.check(permit) in BAD_ENDS for permit in held)


def task_choices() -> list[tuple[str, str, str]]:
    """(name, en, zh) of every task."""
    return [(card.name, card.en, card.zh) for card in TASKS.values()]


def method_choices() -> list[tuple[str, str, str]]:
    return [(card.name, card.en, card.zh) for card in METHODS.values()]


def job_kind_of(method: str) -> str:
    return method_card(method).job_kind
