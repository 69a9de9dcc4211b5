"""Steps on texts without labels, as resumable as training itself: batches and dropout are functions of
(seed, step), and each course keeps checkpoints in a folder of its own, ``checkpoints/NAME``. One that was
done before a kill is taken from its last checkpoint, so the same bits come out either way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from modeling.training import checkpoint
from modeling.training.batching import epoch_batches, rate_at
from modeling.training.config import RecipePlan
from modeling.training.examples import Examples
from modeling.training.failures import TrainingStopped
from modeling.training.loop import Workshop
from modeling.training.spool import write_json
from modeling.training.steps import Batch, clip, gradients
from modeling.training.texts import TextStore


@dataclass(frozen=True)
class Course:
    """``batches``: ``(epoch, text numbers)`` of each step; ``goal`` gives, for the numbers of a step, those
    that are read (of ``store``) and the loss of their unit vectors; ``rate``: the highest learning rate."""

    name: str
    batches: list[tuple[float, np.ndarray]]
    rate: float
    parameters: Mapping[str, nn.Parameter]
    store: TextStore
    goal: Callable[[np.ndarray], tuple[np.ndarray, Callable[[Tensor], Tensor]]]
    penalty: Callable[[], Tensor | None] = lambda: None


def training_texts(examples: Examples) -> np.ndarray:
    """Every text of the training rows once, and of no judged row: what a model reads of those before it is
    judged would make its scores too good."""
    train = examples.train
    extra = train.right[:0] if train.extra is None else train.extra.ravel()
    return np.unique(np.concatenate([examples.left_texts(train.left), train.right, extra]))


def text_batches(
    texts: np.ndarray, store: TextStore, recipe: RecipePlan, epoch: int
) -> list[tuple[float, np.ndarray]]:
    """One epoch over ``texts`` (text numbers) in length buckets. Raises ``TrainingStopped`` (data.empty)."""
    cut = epoch_batches(store.lengths()[texts], recipe.batch_size, recipe.bucket_batches, recipe.seed, epoch)
    if not cut:
        raise TrainingStopped("data.empty", detail="fewer than two training texts")
    return [(epoch + (at + 1) / len(cut), texts[rows]) for at, rows in enumerate(cut)]


def follow(shop: Workshop, course: Course) -> dict[str, Any]:
    """Run every remaining step; ``{"steps", "texts", "resumed_from", "cpu_seconds"}``.

    The optimizer is the course's own. Raises ``TrainingStopped`` (run.nan_loss, run.checkpoint_foreign) and
    what ``shop.stop`` names, after a checkpoint.
    """
    torch.use_deterministic_algorithms(True)
    recipe, folder = shop.plan.recipe, shop.output / "checkpoints" / course.name
    moving, total = list(course.parameters.values()), len(course.batches)
    optimizer = torch.optim.AdamW(moving, lr=course.rate, weight_decay=recipe.weight_decay, fused=True)
    identity = {**shop.identity, "stage": course.name}
    state = checkpoint.State(course.parameters, optimizer, identity, appetite=shop.appetite)
    done = step = checkpoint.restore(folder, state)
    shop.spool.note(f"{course.name}.started", step=done, total=total)
    began = time.process_time()
    while step < total:
        if reason := shop.stop(step):
            shop.spool.sync()
            if step:
                checkpoint.save(folder, step, state)
            raise reason
        step += 1
        epoch, _ = course.batches[step - 1]
        values = _step(shop, course, optimizer, step)
        shop.spool.points({f"{course.name}/{name}": value for name, value in values.items()}, step, epoch)
        if step % recipe.save_every == 0 or step == total:
            shop.spool.sync()
            checkpoint.save(folder, step, state)
        progress = {"stage": course.name, "step": step, "total": total, "epoch": round(epoch, 6)}
        write_json(shop.output / "progress.json", progress, durable=False)
    shop.spool.note(f"{course.name}.finished", step=step)
    return {
        "steps": step,
        "texts": len(np.unique(np.concatenate([numbers for _, numbers in course.batches]))),
        "resumed_from": done,
        "cpu_seconds": time.process_time() - began,
    }


def _step(shop: Workshop, course: Course, optimizer: torch.optim.Optimizer, step: int) -> dict[str, float]:
    recipe = shop.plan.recipe
    rate = rate_at(step, len(course.batches), course.rate, recipe.warmup_share)
    for group in optimizer.param_groups:
        group["lr"] = rate
    shop.encoder.train()
    held = shop.appetite.texts
    numbers, loss = course.goal(course.batches[step - 1][1])
    batch = Batch(numbers, loss, recipe.seed, step, course.penalty)
    value = gradients(shop.encoder, course.store, batch, shop.appetite)
    if shop.appetite.texts != held:
        shop.spool.note("run.smaller_passes", level="warning", step=step, texts=shop.appetite.texts)
    norm = clip(list(course.parameters.values()), recipe.clip_norm, step)
    optimizer.step()
    return {"loss": value, "learning_rate": rate, "gradient_norm": norm}
