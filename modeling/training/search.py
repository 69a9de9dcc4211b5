"""Search over hyper-parameters: what may vary, and which values to try next. Loads no torch, and Optuna only
where values are proposed.

Proposals are a function of the search and of what its trials gave, so nothing but rows has to be kept: the
study is made anew each time. TPE (Bergstra et al., 2011) with its constant liar, so that trials under way
are not tried twice.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from modeling.training.config import parse_plan
from modeling.training.failures import Refused

MOST_DIMENSIONS: Final = 8
MOST_CHOICES: Final = 20
STARTUP: Final = 5
TRIES: Final = 50
#: What a plan may vary without changing what it is judged by: not the data, not the seed of the judges.
RECIPE_KEYS: Final = (
    "learning_rate",
    "batch_size",
    "epochs",
    "max_length",
    "weight_decay",
    "warmup_share",
    "clip_norm",
    "scale",
    "hard_negatives",
    "history",
    "pooling",
    "class_weights",
)
Value = float | int | str
Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One key (`recipe.learning_rate`, `options.rank`): ``choices``, or a range ``low`` to ``high``."""

    key: str
    choices: tuple[Value, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    @property
    def extremes(self) -> tuple[Value, ...]:
        return self.choices or (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a trial used and gave: ``value`` None while it runs, and where it failed (``over``)."""

    values: Values
    value: float | None
    over: bool


def parse_space(raw: object, plan: Mapping[str, Any]) -> tuple[Dimension, ...]:
    """The search as sent, ``{key: {"choices": [...]} | {"low": a, "high": b, "log": bool}}``, in order.

    Raises ``Refused`` (search.invalid; plan.* where an extreme of a dimension is no plan).
    """
    if not isinstance(raw, Mapping) or not 1 <= len(raw) <= MOST_DIMENSIONS:
        raise Refused("search.invalid", detail=f"1 to {MOST_DIMENSIONS} keys")
    space = tuple(_dimension(str(key), part) for key, part in sorted(raw.items()))
    for dimension in space:
        for value in dimension.extremes:
            parse_plan(with_values(plan, {dimension.key: value}))
    return space


def _dimension(key: str, raw: object) -> Dimension:
    part, _, name = key.partition(".")
    if part not in {"recipe", "options"} or (part == "recipe" and name not in RECIPE_KEYS):
        raise Refused("search.invalid", detail=f"{key[:60]} is nothing to search over")
    if not isinstance(raw, Mapping) or set(raw) - {"choices", "low", "high", "log"}:
        raise Refused("search.invalid", detail=f"{key}: choices, or low, high and log")
    if "choices" in raw:
        return Dimension(key, _choices(key, raw["choices"]))
    low, high, log = _number(key, raw.get("low")), _number(key, raw.get("high")), raw.get("log", False)
    if not low < high or not isinstance(log, bool) or (log and low <= 0):
        raise Refused("search.invalid", detail=f"{key}: low < high, and above 0 where log")
    return Dimension(key, low=low, high=high, log=log)


def _choices(key: str, raw: object) -> tuple[Value, ...]:
    listed = raw if isinstance(raw, list | tuple) else []
    good = all(isinstance(value, int | float | str) and not isinstance(value, bool) for value in listed)
    if not good or not 2 <= len(set(listed)) == len(listed) <= MOST_CHOICES:
        raise Refused("search.invalid", detail=f"{key}: 2 to {MOST_CHOICES} different choices")
    return tuple(listed)


def _number(key: str, raw: object) -> float:
    try:
        number = float(raw) if isinstance(raw, int | float | str) and not isinstance(raw, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refused("search.invalid", detail=f"{key}: low and high are numbers")
    return number


def as_json(space: Sequence[Dimension]) -> dict[str, Any]:
    """Plain data; ``parse_space(as_json(space), plan) == space``."""
    return {
        one.key: {"choices": list(one.choices)}
        if one.choices
        else {"low": one.low, "high": one.high, "log": one.log}
        for one in space
    }


def with_values(plan: Mapping[str, Any], values: Mapping[str, Value]) -> dict[str, Any]:
    """The plan's document with some keys changed."""
    changed = copy.deepcopy(dict(plan))
    for key, value in values.items():
        part, _, name = key.partition(".")
        changed[part] = {**changed.get(part, {}), name: value}
    return changed


def combinations(space: Sequence[Dimension]) -> int | None:
    """How many different trials there are; None where a range has no end of them."""
    return None if any(not one.choices for one in space) else math.prod(len(one.choices) for one in space)


def propose(space: Sequence[Dimension], tried: Sequence[Tried], seed: int) -> Values | None:
    """Values nobody tried yet, likely better than those that were; None where every combination was tried.

    The same arguments give the same values. Trials that failed count as tried and say nothing else.
    """
    keys = {one.key for one in space}
    seen = {tuple(sorted(trial.values.items())) for trial in tried if set(trial.values) == keys}
    most = combinations(space)
    if most is not None and len(seen) >= most:
        return None
    study, distributions = _study(space, tried, seed + len(tried))
    for _try in range(TRIES if most is None else max(TRIES, 20 * most)):
        found = {key: _rounded(value) for key, value in study.ask(distributions).params.items()}
        if tuple(sorted(found.items())) not in seen:
            return found
    return None


def _study(space: Sequence[Dimension], tried: Sequence[Tried], seed: int) -> tuple[Any, dict[str, Any]]:
    import optuna
    from optuna.distributions import CategoricalDistribution, FloatDistribution
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    distributions: dict[str, Any] = {
        one.key: CategoricalDistribution(one.choices)
        if one.choices
        else FloatDistribution(one.low, one.high, log=one.log)
        for one in space
    }
    sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP, constant_liar=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for trial in tried:
        if set(trial.values) != set(
            distributions
        ):  # the plan as it was, tried first: not a point of the search
            continue
        state = TrialState.RUNNING if not trial.over else TrialState.FAIL
        if trial.value is not None:
            state = TrialState.COMPLETE
        value = trial.value if state == TrialState.COMPLETE else None
        study.add_trial(
            create_trial(params=dict(trial.values), distributions=distributions, value=value, state=state)
        )
    return study, distributions


def _rounded(value: Any) -> Value:
    """Six digits: what a person can read, and enough for any rate."""
    return float(f"{value:.6g}") if isinstance(value, float) else value
