"""The training plan: everything that decides what a run computes, frozen and hashed. Loads no torch."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeVar, get_type_hints

from governance.record.canonical import canonical_bytes, digest_of
from modeling.training import stages
from modeling.training.failures import Refused
from modeling.training.methods import method_card
from modeling.training.stages.distill import EPOCHS
from modeling.training.tasks import task_card
from modeling.training.tasks.base import TaskCard

SCHEMA: Final = "gavel.training-plan/1"
#: Of a key that came after the first plans: it is not written while it has its default, so that the digests
#: of plans from before it stay what was sealed.
LATER: Final = MappingProxyType({"later": True})
HISTORY: Final = 50
MOST_SLICES: Final = 4
PlanPart = TypeVar("PlanPart")


@dataclass(frozen=True)
class BackboneName:
    """Which pretrained model: a package or hub id, or ``local`` for a folder; and the digest of its files."""

    name: str
    digest: str = ""


@dataclass(frozen=True)
class TextPlan:
    """Which columns become the two texts. Non-empty values are joined by one space, in this order.

    For a log of events (recommendation): ``group`` is who did it, ``time`` when (numbers, or text that
    sorts), ``item`` which thing it was (empty: its text says), ``kind`` its kind (empty: not known). Of a
    sentiment or topic ``time`` is when the text was written (empty: not followed over time).
    """

    left: tuple[str, ...]
    right: tuple[str, ...]
    label: str = ""
    group: str = ""
    time: str = field(default="", metadata=LATER)
    item: str = field(default="", metadata=LATER)
    kind: str = field(default="", metadata=LATER)

    def columns(self) -> tuple[str, ...]:
        """Every column the plan reads, sorted and once each."""
        named = {*self.left, *self.right, self.label, self.group, self.time, self.item, self.kind}
        return tuple(sorted(named - {""}))


@dataclass(frozen=True)
class RecipePlan:
    """How the weights move. Defaults: fine-tuning §9; ``learning_rate`` 0 means the method's own.

    ``pass_texts``: texts that go through the model at once, where a batch is more than memory holds; 0 means
    the whole batch. The loss is that of the batch either way. ``class_weights``: ``balanced`` lets rare
    classes count as much as frequent ones. ``hard_negatives``: items per query, of a retrieval, that look
    alike by words. ``patience``: stop after so many looks without a better headline and keep the best; 0
    never stops. ``history``: the most recent items of a user that count, of a recommendation.
    ``checkpointing``: ``layers`` computes activations again instead of keeping them; the loss stays.

    ``adapt_steps``: steps on the training texts without their labels, before training. ``prune_neurons``: the
    share of feed-forward neurons that goes after it. ``student_layers``: layers of a smaller model that then
    learns the result in ``distill_epochs`` and is published in its place; 0 is none.
    """

    learning_rate: float = 0.0
    batch_size: int = 32
    pass_texts: int = field(default=0, metadata=LATER)
    epochs: int = 1
    max_length: int = 64
    max_pairs: int = 4000
    seed: int = 0
    weight_decay: float = 0.01
    warmup_share: float = 0.1
    clip_norm: float = 1.0
    scale: float = 20.0
    bucket_batches: int = 50
    save_every: int = 50
    pooling: str = "mean"
    precision: str = "auto"
    class_weights: str = field(default="none", metadata=LATER)
    hard_negatives: int = field(default=0, metadata=LATER)
    patience: int = field(default=0, metadata=LATER)
    history: int = field(default=HISTORY, metadata=LATER)
    checkpointing: str = field(default="none", metadata=LATER)
    adapt_steps: int = field(default=0, metadata=LATER)
    prune_neurons: float = field(default=0.0, metadata=LATER)
    student_layers: int = field(default=0, metadata=LATER)
    distill_epochs: int = field(default=EPOCHS, metadata=LATER)


@dataclass(frozen=True)
class EvaluationPlan:
    """How the result is judged. ``live_points`` looks at ``live_pairs`` validation pairs while training.
    ``leak_limit``: the share of judged rows that may be training rows too; above it the run is stopped.
    ``slices``: columns of the test rows by whose values the first metric is shown apart.
    ``watched``: classes whose share is followed over time, where ``text.time`` is given; none: the negative
    ones by name."""

    draws: int = 1000
    seed: int = 0
    level: float = 0.95
    positive_from: float = 0.5
    cutoff: int = 10
    live_points: int = 4
    live_pairs: int = 512
    live_draws: int = 200
    leak_limit: float = field(default=0.01, metadata=LATER)
    slices: tuple[str, ...] = field(default=(), metadata=LATER)
    watched: tuple[str, ...] = field(default=(), metadata=LATER)


@dataclass(frozen=True)
class TrainingPlan:
    """One frozen configuration. Two plans with the same digest compute the same thing on the same data."""

    task: str
    method: str
    purpose: str
    backbone: BackboneName
    text: TextPlan
    recipe: RecipePlan = field(default_factory=RecipePlan)
    evaluation: EvaluationPlan = field(default_factory=EvaluationPlan)
    options: Mapping[str, float] = field(default_factory=dict)
    schema: str = SCHEMA

    def columns(self) -> tuple[str, ...]:
        """Every column a run of the plan reads, sorted and once each."""
        return tuple(sorted({*self.text.columns(), *self.evaluation.slices}))

    @property
    def learning_rate(self) -> float:
        """The rate in force: the plan's own, or its method's default."""
        return self.recipe.learning_rate or method_card(self.method).learning_rate

    @property
    def method_options(self) -> dict[str, float]:
        """The method's defaults with the plan's options over them."""
        return {**method_card(self.method).defaults, **self.options}

    def as_json(self) -> dict[str, Any]:
        """Plain data; ``parse_plan(plan.as_json()) == plan``. Fractions are written as text ("5e-05"),
        because canonical JSON holds integers and text only; the parser takes both. A key that came ``LATER``
        is written only where it says something, so that plans accepted before keep their digest."""
        return _written(self)


def parse_plan(source: str | bytes | Mapping[str, Any]) -> TrainingPlan:
    """A plan from JSON text or plain data.

    Raises ``Refused``: plan.unknown_key, plan.invalid, plan.unknown_task, plan.unknown_method, stage.*.
    """
    data = _load(source)
    if data.get("schema", SCHEMA) != SCHEMA:
        raise Refused("plan.invalid", detail=f"schema is not {SCHEMA}")
    plan = _part(TrainingPlan, data, "")
    _check(plan)
    return plan


def plan_bytes(plan: TrainingPlan) -> bytes:
    """The canonical JSON of the plan: what is stored, shown and hashed."""
    return bytes(canonical_bytes(plan.as_json()))


def plan_digest(plan: TrainingPlan) -> str:
    """``sha256:`` + hex over :func:`plan_bytes`."""
    return str(digest_of(plan.as_json()))


def _load(source: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    try:
        data = json.loads(source)
    except ValueError as error:
        raise Refused("plan.invalid", detail="it is not JSON") from error
    if not isinstance(data, dict):
        raise Refused("plan.invalid", detail="it is not a JSON object")
    return data


def _written(part: Any) -> dict[str, Any]:
    """One dataclass of the plan as plain data, without later keys at their default."""
    return {
        key.name: _plain(value)
        for key in dataclasses.fields(part)
        if (value := getattr(part, key.name)) != key.default or "later" not in key.metadata
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return _written(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return repr(value) if isinstance(value, float) else value


def _part(kind: type[PlanPart], data: object, where: str) -> PlanPart:
    """Fill one dataclass of the plan from a mapping, refusing what it does not define."""
    if not isinstance(data, Mapping):
        raise Refused("plan.invalid", detail=f"{where or 'plan'} is not an object")
    hints = get_type_hints(kind)
    unknown = sorted(str(key) for key in data if key not in hints)
    if unknown:
        raise Refused("plan.unknown_key", keys=", ".join(f"{where}{key}" for key in unknown))
    filled = {key: _value(hints[key], value, f"{where}{key}") for key, value in data.items()}
    try:
        return kind(**filled)
    except TypeError as error:
        raise Refused("plan.invalid", detail=f"{where or 'plan'} lacks a required key") from error


def _value(hint: Any, value: object, where: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _part(hint, value, f"{where}.")  # type: ignore[arg-type]
    if hint is float:
        return _fraction(value, where)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        return value
    if hint == tuple[str, ...] and isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    if hint == Mapping[str, float] and isinstance(value, Mapping):
        return {str(key): _value(float, item, f"{where}.{key}") for key, item in value.items()}
    raise Refused("plan.invalid", detail=f"{where} has the wrong type")


def _fraction(value: object, where: str) -> float:
    """A finite number, given as one or as text."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if math.isfinite(number):
            return number
    raise Refused("plan.invalid", detail=f"{where} is not a number")


def _check(plan: TrainingPlan) -> None:
    """Bounds, and what task and method ask of a plan."""
    task, method = task_card(plan.task), method_card(plan.method)
    unknown = sorted(set(plan.options) - set(method.options))
    if unknown:
        raise Refused("plan.unknown_key", keys=", ".join(f"options.{key}" for key in unknown))
    bounds = [
        *_text_bounds(plan, task),
        *_recipe_bounds(plan, task),
        *_evaluation_bounds(plan, task),
    ]
    bounds += [
        (f"options.{name}", method.options[name].allows(value)) for name, value in plan.options.items()
    ]
    wrong = [name for name, good in bounds if not good]
    if wrong:
        raise Refused("plan.invalid", detail="out of bounds: " + ", ".join(wrong))
    stages.check_method(plan.recipe, method)


def _text_bounds(plan: TrainingPlan, task: TaskCard) -> list[tuple[str, bool]]:
    text, events = plan.text, task.events
    return [
        ("purpose", bool(plan.purpose)),
        ("backbone.name", bool(plan.backbone.name)),
        ("text.left", bool(text.left)),
        ("text.right", bool(text.right) or not task.needs_right),
        ("text.label", bool(text.label) or not task.needs_label),
        ("text.group", bool(text.group) or not events),
        ("text.time", bool(text.time) if events else task.trends or not text.time),
        ("text.item", events or not text.item),
        ("text.kind", events or not text.kind),
    ]


def _recipe_bounds(plan: TrainingPlan, task: TaskCard) -> list[tuple[str, bool]]:
    recipe = plan.recipe
    classes = task.loss == "to_classes"
    kept = {"none", "layers"} if method_card(plan.method).recomputes else {"none"}
    return [
        ("hard_negatives", 0 <= recipe.hard_negatives <= (16 if task.catalogue else 0)),
        ("class_weights", recipe.class_weights in ({"none", "balanced"} if classes else {"none"})),
        ("history", 1 <= recipe.history <= 200 if task.events else recipe.history == HISTORY),
        ("learning_rate", 0 <= recipe.learning_rate <= 1),
        ("batch_size", 2 <= recipe.batch_size <= 4096),
        ("pass_texts", 0 <= recipe.pass_texts <= 8192),
        ("epochs", 1 <= recipe.epochs <= 1000),
        ("max_length", 4 <= recipe.max_length <= 8192),
        ("max_pairs", recipe.max_pairs >= 2),
        ("seed", 0 <= recipe.seed < 2**31),
        ("weight_decay", 0 <= recipe.weight_decay <= 1),
        ("warmup_share", 0 <= recipe.warmup_share <= 1),
        ("clip_norm", recipe.clip_norm > 0),
        ("scale", recipe.scale > 0),
        ("bucket_batches", recipe.bucket_batches >= 1),
        ("save_every", recipe.save_every >= 1),
        ("pooling", recipe.pooling in {"mean", "cls", "last"}),
        ("patience", 0 <= recipe.patience <= plan.evaluation.live_points),
        ("checkpointing", recipe.checkpointing in kept),
        ("precision", recipe.precision in {"auto", "fp32", "bf16"}),
        *stages.bounds(recipe),
    ]


def _evaluation_bounds(plan: TrainingPlan, task: TaskCard) -> list[tuple[str, bool]]:
    judged = plan.evaluation
    most = MOST_SLICES if task.row_by_row else 0
    watched = MOST_SLICES if plan.text.time and task.trends else 0
    return [
        ("slices", len(set(judged.slices)) == len(judged.slices) <= most and "" not in judged.slices),
        ("watched", len(set(judged.watched)) == len(judged.watched) <= watched and "" not in judged.watched),
        ("draws", 100 <= judged.draws <= 100_000),
        ("evaluation.seed", 0 <= judged.seed < 2**31),
        ("level", 0.5 <= judged.level < 1),
        ("cutoff", judged.cutoff >= 1),
        ("live_points", judged.live_points >= 0),
        ("live_pairs", judged.live_pairs >= 2),
        ("leak_limit", 0 <= judged.leak_limit <= 1),
        ("live_draws", 10 <= judged.live_draws <= 10_000),
    ]
