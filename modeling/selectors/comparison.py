"""Several runs side by side: what they were asked to do, on which data, and what came of it.

A constant number of queries, however many runs. A value is never given without n, interval, test version and
permit; a difference only between values of the same test rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from governance.models import User
from modeling.models import Evaluation, RunInput, TrainingRun
from modeling.selectors.pages import MAIN, headline_of, plan_parts

MOST_RUNS = 100


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting of all runs, in their order; "" where a run has none. `differs`: they are not all equal."""

    name: str
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True, slots=True)
class Score:
    """One run on one metric. `minus`: its value less the baseline's, None on other test rows or without
    one; a plain difference of two values, no paired test. `scale` is common to a comparison."""

    run: TrainingRun
    test: RunInput | None
    permits: tuple[str, ...]
    row: Evaluation | None
    minus: float | None
    scale: float
    pinned: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Runs of one plan on one data that differ in the seed only: how far chance moves a value. It depends on
    its own runs alone, whichever others are shown."""

    name: str
    seeds: tuple[str, ...]
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that the page, the file and the API say of some runs."""

    runs: tuple[TrainingRun, ...]
    parameters: tuple[Parameter, ...]
    metrics: tuple[str, ...]
    evaluations: Mapping[tuple[int, str], Evaluation]
    parts: Mapping[int, tuple[RunInput, ...]]

    def first_metric(self, wanted: str) -> str:
        """`wanted` where a run has it; else the first run's headline, else any there is."""
        heads = [wanted, *(headline_of(run.plan) for run in self.runs), *self.metrics]
        return next((name for name in heads if name in self.metrics), "")

    def permits(self, run: TrainingRun) -> tuple[str, ...]:
        return tuple(sorted({part.permit_uid for part in self.parts[run.pk] if part.permit_uid}))

    def test(self, run: TrainingRun) -> RunInput | None:
        return next((part for part in self.parts[run.pk] if part.role == "test"), None)

    def scores(self, metric: str, baseline: str) -> list[Score]:
        """Every run on one metric, in the order asked, against the run with the uid `baseline`."""
        pinned = next((run for run in self.runs if run.uid == baseline), None)
        gaps = {run.pk: self._gap(run, pinned, metric) for run in self.runs}
        scale = max((abs(gap) for gap in gaps.values() if gap is not None), default=1.0) or 1.0
        return [
            Score(
                run, self.test(run), self.permits(run), self.evaluations.get((run.pk, metric)),
                gaps[run.pk], scale, run is pinned,
            )
            for run in self.runs
        ]  # fmt: skip

    def groups(self, metric: str) -> list[Group]:
        """Groups of two seeds or more."""
        found: dict[tuple[Any, ...], list[TrainingRun]] = defaultdict(list)
        for run in self.runs:
            found[self._but_for_the_seed(run)].append(run)
        groups = []
        for runs in found.values():
            seeds = {str(_flat(plan_parts(run.plan)).get("recipe.seed", "")): run for run in runs}
            rows = [self.evaluations.get((run.pk, metric)) for run in seeds.values()]
            values = [row.value for row in rows if row is not None and row.value is not None]
            if len(values) > 1:
                groups.append(Group(runs[0].plan.name, tuple(seeds), fmean(values), min(values), max(values)))
        return groups

    def _gap(self, run: TrainingRun, pinned: TrainingRun | None, metric: str) -> float | None:
        if pinned is None or run is pinned or _rows_of(self.test(run)) != _rows_of(self.test(pinned)):
            return None
        own, other = (self.evaluations.get((one.pk, metric)) for one in (run, pinned))
        if own is None or other is None or own.value is None or other.value is None:
            return None
        return own.value - other.value

    def _but_for_the_seed(self, run: TrainingRun) -> tuple[Any, ...]:
        settings = _flat(plan_parts(run.plan)).items()
        data = [(part.role, *_rows_of(part)) for part in self.parts[run.pk]]
        return (*sorted(pair for pair in settings if pair[0] != "recipe.seed"), *sorted(data))


def uids_of(text: str) -> list[str]:
    """uids with commas or blanks between, in order. What can be none is left out: PostgreSQL takes no NUL."""
    words = text.replace(",", " ").replace("，", " ").split()
    return [word for word in words if len(word) <= 64 and word.isalnum()]


def comparison(user: User, uids: Sequence[str]) -> Comparison:
    """The runs among `uids` the user may see, each once, in that order; at most a hundred."""
    wanted = list(dict.fromkeys(uids))[:MOST_RUNS]
    rows = TrainingRun.objects.visible_to(user).filter(uid__in=wanted).select_related("plan__backbone")
    known = {run.uid: run for run in rows}
    runs = tuple(known[uid] for uid in wanted if uid in known)
    parts: dict[int, list[RunInput]] = {run.pk: [] for run in runs}
    for part in RunInput.objects.filter(run__in=runs).select_related("version__dataset"):
        parts[part.run_id].append(part)
    found = Evaluation.objects.filter(run__in=runs, model=MAIN)
    evaluations = {(row.run_id, row.metric): row for row in found}
    frozen = {pk: tuple(rows) for pk, rows in parts.items()}
    metrics = tuple(sorted({metric for _run, metric in evaluations}))
    return Comparison(runs, _parameters(runs, frozen), metrics, evaluations, frozen)


def _parameters(
    runs: Sequence[TrainingRun], parts: Mapping[int, tuple[RunInput, ...]]
) -> tuple[Parameter, ...]:
    settings = [{**_flat(plan_parts(run.plan)), **_data(parts[run.pk])} for run in runs]
    names = dict.fromkeys(name for one in settings for name in one)
    return tuple(Parameter(name, tuple(one.get(name, "") for one in settings)) for name in names)


def _data(parts: Sequence[RunInput]) -> dict[str, str]:
    found = {}
    for part in parts:
        where = f" ({part.where_column} = {part.where_equals})" if part.where_column else ""
        found[f"data.{part.role}"] = f"{part.version.dataset.name} v{part.version.number}{where}"
    return found


def _rows_of(part: RunInput | None) -> tuple[str, ...]:
    return () if part is None else (part.digest, part.where_column, part.where_equals)


def _flat(value: Any, name: str = "") -> dict[str, str]:
    """`{"recipe": {"seed": 0}}` as `{"recipe.seed": "0"}`."""
    if isinstance(value, Mapping):
        found: dict[str, str] = {}
        for key, item in value.items():
            found |= _flat(item, f"{name}.{key}" if name else str(key))
        return found
    if isinstance(value, list | tuple):
        return {name: ", ".join(str(item) for item in value)}
    return {name: str(value)}
