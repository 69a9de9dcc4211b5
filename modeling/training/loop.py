"""The training loop, our own rather than ``transformers.Trainer``.

Why our own: Trainer writes optimizer, scheduler and RNG state by pickle, which the house forbids; it sees
one text per row where a bi-encoder has two; and on one thread it reached 36 pairs a CPU-second where a plain
loop with length buckets reaches 57 (fine-tuning §4). Over several processes it would compare the texts of
a batch within each share only; here the loss is that of the whole batch (``together``). The price is exact
resume, which is small because everything random is a function of (seed, step): the order of rows
(``batching``), and dropout, whose generator is seeded anew before every step. So a checkpoint holds weights,
moments and what a method or early stopping keeps between steps, and a killed run repeats its steps to the
same bits on the same machine, threads and processes.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from modeling.training import checkpoint
from modeling.training.batching import epoch_batches, rate_at
from modeling.training.config import TrainingPlan
from modeling.training.encoder import Encoder
from modeling.training.examples import Examples
from modeling.training.failures import TrainingStopped
from modeling.training.gauge import Gauge
from modeling.training.methods.base import Method
from modeling.training.spool import Spool, write_json
from modeling.training.steps import Appetite, Batch, clip, gradients
from modeling.training.stopping import Looks
from modeling.training.tasks.base import Compared, Task
from modeling.training.texts import TextStore
from modeling.training.together import ALONE, Team, gradients_together, weights_sum

TRIM_EVERY: Final = 10
CLASS_PACE: Final = 20.0
MATRIX_RATE: Final = 1e-3
Stop = Callable[[int], TrainingStopped | None]


@dataclass(frozen=True)
class Outcome:
    """What training cost: steps and pairs of the whole run; CPU-seconds of this process only.

    ``steps`` are fewer than ``planned`` where a run stopped early; ``best_step``: whose weights are published
    then.
    """

    steps: int
    planned: int
    best_step: int | None
    resumed_from: int
    pairs: int
    cpu_seconds: float
    trainable: int
    parameters: int


@dataclass(frozen=True)
class Workshop:
    """All that one run works with. ``look`` judges the model on validation pairs, called with a step and
    epoch, and gives the task's headline metric or None. Of several processes (``team``) only the one that
    leads looks, tells, writes and stops; the others only compute."""

    plan: TrainingPlan
    task: Task
    method: Method
    encoder: Encoder
    examples: Examples
    store: TextStore
    spool: Spool
    output: Path
    identity: Mapping[str, str]
    stop: Stop
    look: Callable[[int, float], float | None]
    appetite: Appetite
    class_weights: torch.Tensor | None = None
    team: Team = ALONE


def train(shop: Workshop) -> Outcome:
    """Run every remaining step. Raises ``TrainingStopped`` (run.nan_loss) and what ``stop`` names."""
    torch.use_deterministic_algorithms(True)
    recipe = shop.plan.recipe
    parameters = shop.encoder.trainable()
    rate = shop.plan.learning_rate
    optimizer = torch.optim.AdamW(
        _groups(parameters, rate), lr=rate, weight_decay=recipe.weight_decay, fused=True
    )
    batches = all_batches(shop.plan, shop.examples, shop.store)
    method, encoder = shop.method, shop.encoder
    state = checkpoint.State(
        parameters=parameters,
        optimizer=optimizer,
        identity=shop.identity,
        looks=Looks(recipe.patience),
        appetite=shop.appetite,
        memory=lambda: method.memory(encoder),
        remember=lambda found: method.remember(encoder, found),
    )
    done = step = checkpoint.restore(shop.output / "checkpoints", state)
    looks = {0} | _look_steps(len(batches), shop.plan.evaluation.live_points)
    if shop.team.size > 1:
        facts = {"step": done, "steps": len(batches), "weights": weights_sum(parameters)}
        shop.team.agree(facts, encoder.device)
    shop.spool.note("run.started", step=done, total=len(batches), pairs=len(shop.examples.train))
    if done in looks:  # a run killed between a checkpoint and its look has not looked
        _look(shop, state, done, _epoch(batches, done))
    tokens, gauge = _tokens_until(shop, batches, done), Gauge(shop.spool)
    began, pairs = time.process_time(), 0
    while step < len(batches) and not state.looks.spent:
        _obey(shop, step, state)
        step += 1
        rows, progress = batches[step - 1][1], _epoch(batches, step)
        values = _step(shop, optimizer, list(parameters.values()), step, len(batches), rows)
        tokens += _tokens_of(shop, rows)
        shop.spool.points({**values, "train/tokens": tokens}, step, progress)
        pairs += len(rows)
        speed = pairs / max(1e-9, time.process_time() - began)
        if shop.team.leads and (step % recipe.save_every == 0 or step == len(batches)):
            shop.spool.sync()
            checkpoint.save(shop.output / "checkpoints", step, state)
            shop.spool.note("run.checkpoint", step=step)
        if step in looks:
            _look(shop, state, step, progress)
        _progress(shop, step, len(batches), progress, speed)
        gauge.read(step, progress, now=step == len(batches))
        if step % TRIM_EVERY == 0:
            _give_back_memory()
    return Outcome(
        steps=step,
        planned=len(batches),
        best_step=_keep_best(shop, state, step),
        resumed_from=done,
        pairs=sum(len(rows) for _, rows in batches[:step]),
        cpu_seconds=time.process_time() - began,
        trainable=sum(value.numel() for value in parameters.values()),
        parameters=sum(value.numel() for value in encoder.parameters()),
    )


def _look(shop: Workshop, state: checkpoint.State, step: int, progress: float) -> None:
    """Judge the model on validation pairs, and keep its state where the plan stops early and it is the best
    so far."""
    if state.looks.add(step, shop.look(step, progress)):
        checkpoint.save(shop.output / "checkpoints" / "best", step, state)


def _keep_best(shop: Workshop, state: checkpoint.State, step: int) -> int | None:
    """Where the plan stops early: put the weights of the best look back; its step. Else None.

    Raises ``TrainingStopped`` (run.best_lost).
    """
    best = state.looks.best
    if not shop.plan.recipe.patience or best is None or not shop.team.leads:
        return None
    shop.spool.note("run.best", step=step, best=best)
    if best != step and checkpoint.restore(shop.output / "checkpoints" / "best", state) != best:
        raise TrainingStopped("run.best_lost", step=best)
    return best


def _step(
    shop: Workshop,
    optimizer: torch.optim.Optimizer,
    parameters: list[torch.nn.Parameter],
    step: int,
    total: int,
    rows: np.ndarray,
) -> dict[str, float]:
    """One optimizer step on ``rows`` of the training pairs; its loss, learning rate and gradient norm."""
    recipe = shop.plan.recipe
    rate = rate_at(step, total, shop.plan.learning_rate, recipe.warmup_share)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["pace"]
    shop.encoder.train()
    held = shop.appetite.texts
    batch = replace(batch_of(shop, rows, step), penalty=lambda: shop.method.penalty(shop.encoder))
    if shop.team.size > 1:
        value = gradients_together(shop.encoder, shop.store, batch, shop.appetite, shop.team)
    else:
        value = gradients(shop.encoder, shop.store, batch, shop.appetite)
    if shop.appetite.texts != held:
        shop.spool.note("run.smaller_passes", level="warning", step=step, texts=shop.appetite.texts)
    norm = clip(parameters, recipe.clip_norm, step)
    optimizer.step()
    shop.method.after_step(shop.encoder, step)
    return {"train/loss": value, "train/learning_rate": rate, "train/gradient_norm": norm}


def batch_of(shop: Workshop, rows: np.ndarray, step: int) -> Batch:
    """Some training pairs under the loss of the task."""
    recipe, pairs, past = shop.plan.recipe, shop.examples.train, shop.examples.histories
    labels = torch.from_numpy(pairs.labels[rows]).to(shop.encoder.device)
    behind = len(shop.examples.left_texts(pairs.left[rows]))

    def loss(vectors: torch.Tensor) -> torch.Tensor:
        left, right, rest = torch.split(vectors, [behind, len(rows), len(vectors) - behind - len(rows)])
        if past is not None:
            left = shop.encoder.of_histories(left, past.sizes(pairs.left[rows]))
        extra = rest.view(len(rows), -1, rest.shape[1]) if len(rest) else None
        classes = shop.encoder.classes()
        return shop.task.loss(Compared(left, right, labels, recipe.scale, classes, shop.class_weights, extra))

    return Batch(_texts_of(shop, rows), loss, recipe.seed, step)


def _texts_of(shop: Workshop, rows: np.ndarray) -> np.ndarray:
    """The texts of some training pairs by number, int64: left, right, and further ones of each pair."""
    pairs = shop.examples.train
    extra = pairs.right[:0] if pairs.extra is None else pairs.extra[rows].ravel()
    return np.concatenate([shop.examples.left_texts(pairs.left[rows]), pairs.right[rows], extra])


def _tokens_of(shop: Workshop, rows: np.ndarray) -> int:
    """Tokens a step passes through the encoder: equal texts go through once."""
    return int(shop.store.lengths_of(np.unique(_texts_of(shop, rows))).sum())


def _tokens_until(shop: Workshop, batches: list[tuple[int, np.ndarray]], step: int) -> int:
    """Tokens of the first ``step`` steps, counted anew: a resumed run logs what an unbroken one would."""
    return sum(_tokens_of(shop, rows) for _epoch, rows in batches[:step])


def _groups(parameters: Mapping[str, torch.nn.Parameter], rate: float) -> list[dict[str, Any]]:
    """Vectors of classes start near nothing that was pretrained: they move faster, and nothing pulls them to
    zero. The map of histories is one small matrix and moves at the rate of one."""
    fresh = [value for name, value in parameters.items() if name == "prototypes"]
    tower = [value for name, value in parameters.items() if name.startswith("tower.")]
    own = {id(value) for value in (*fresh, *tower)}
    groups = [
        {"params": [value for value in parameters.values() if id(value) not in own], "pace": 1.0},
        {"params": fresh, "pace": CLASS_PACE, "weight_decay": 0.0},
        {"params": tower, "pace": max(1.0, MATRIX_RATE / rate) if rate else 1.0},
    ]
    return [group for group in groups if group["params"]]


def all_batches(plan: TrainingPlan, examples: Examples, store: TextStore) -> list[tuple[int, np.ndarray]]:
    """``(epoch from 0, rows)`` of every step of the plan. Raises ``TrainingStopped`` (data.empty)."""
    recipe, cost = plan.recipe, examples.cost(store.lengths())
    batches = [
        (epoch, rows)
        for epoch in range(recipe.epochs)
        for rows in epoch_batches(cost, recipe.batch_size, recipe.bucket_batches, recipe.seed, epoch)
    ]
    if not batches:
        raise TrainingStopped("data.empty", detail="fewer than two training pairs")
    return batches


def _obey(shop: Workshop, step: int, state: checkpoint.State) -> None:
    """Stop if asked, after writing a checkpoint of ``step`` finished steps."""
    reason = shop.stop(step)
    if reason is None:
        return
    shop.spool.sync()
    if step > 0:
        checkpoint.save(shop.output / "checkpoints", step, state)
    raise reason


def _look_steps(total: int, points: int) -> set[int]:
    return {round(total * at / points) for at in range(1, points + 1)} if points else set()


def _epoch(batches: list[tuple[int, np.ndarray]], step: int) -> float:
    """How many epochs are done after ``step``."""
    if step == 0:
        return 0.0
    per_epoch = len(batches) / (batches[-1][0] + 1)
    return batches[step - 1][0] + ((step - 1) % per_epoch + 1) / per_epoch


def _give_back_memory() -> None:
    """Return free pages to the system: batches of ever new lengths fragment the C heap until it doubles."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
    if trim is not None:
        trim(0)


def _progress(shop: Workshop, step: int, total: int, epoch: float, speed: float) -> None:
    if not shop.team.leads:
        return
    write_json(
        shop.output / "progress.json",
        {"step": step, "total": total, "epoch": round(epoch, 6), "pairs_per_cpu_second": round(speed, 2)},
        durable=False,
    )
