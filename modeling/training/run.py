"""A verified job from its data to ``result.json``: read, train, judge, publish. Loads torch."""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import transformers

from modeling.training import backbones, data, loop, publish
from modeling.training.config import TrainingPlan, plan_digest
from modeling.training.crew import Crew
from modeling.training.devices import device_of
from modeling.training.encoder import Encoder
from modeling.training.evaluation.report import Board
from modeling.training.evaluation.slices import MOST_DRAWS, by_slice
from modeling.training.evaluation.trend import trend, watched_of
from modeling.training.examples import Examples, Pairs, refuse_leaks, shared
from modeling.training.failures import Refused, TrainingStopped
from modeling.training.fitness import check_fit
from modeling.training.grant import OpenedPart, unchanged
from modeling.training.job import Job
from modeling.training.methods import load_method
from modeling.training.methods.base import Method
from modeling.training.recompute import recompute_layers
from modeling.training.spool import Spool, write_json
from modeling.training.stages import line
from modeling.training.steps import Appetite
from modeling.training.tasks import load_task, task_card
from modeling.training.tasks.base import MAIN, ZERO_SHOT, Seen, Task
from modeling.training.texts import TextStore, check_coverage
from modeling.training.together import meet

CENTRE_TEXTS: Final = 64
LIVE_CANDIDATES: Final = 2000
SHORTEST: Final = 4
#: What a slice is compared with: the same model before training, as the task shows it.
SLICED_AGAINST: Final = (ZERO_SHOT, "ranker_zero_shot_text")


def run(
    job: Job,
    opened: Mapping[str, OpenedPart],
    spool: Spool,
    stop: loop.Stop,
    digest: Callable[[Path, int | None], str],
    crew: Crew | None = None,
) -> dict[str, Any]:
    """Everything after the gate. Returns what ``result.json`` holds, or nothing in a process of ``crew`` that
    does not lead. Raises ``TrainingStopped``."""
    crew = crew or Crew()
    torch.set_num_threads(job.threads)
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    plan, task = job.plan, load_task(job.plan.task)
    device = device_of(job.device, crew.rank)
    backbone = _backbone(job)
    method = load_method(plan.method)
    store = TextStore(backbone.folder, _longest(plan, method, backbone), job.output)
    examples = _examples(job, opened, store, digest)
    if warning := check_coverage(store, backbone.name):
        spool.note("backbone.gaps", level="warning", share=warning)
    encoder = Encoder(backbone, plan.recipe.pooling, plan.recipe.precision)
    line.check(encoder, plan.recipe)
    steps = len(loop.all_batches(plan, examples, store))
    method.prepare(encoder, plan.method_options, plan.recipe.seed, steps)
    if plan.recipe.checkpointing == "layers":
        recompute_layers(encoder)
    encoder.move(device)
    _note_lower(encoder, store, spool)
    check_fit(encoder, plan.method)
    identity = {"plan": plan_digest(plan), "backbone": backbone.digest, **_data_digests(job)}
    shop = loop.Workshop(
        plan=plan,
        task=task,
        method=method,
        encoder=encoder,
        examples=examples,
        store=store,
        spool=spool,
        output=job.output,
        identity=identity,
        stop=stop,
        look=_looker(plan, task, encoder, examples, store, spool) if crew.leads else _blind,
        appetite=Appetite(plan.recipe.pass_texts),
        class_weights=_class_weights(plan, examples, device),
        team=meet(crew, device),
    )
    staged = line.before(shop)
    _learn(encoder, examples, store)
    outcome = loop.train(shop)
    if not crew.leads:
        return {}
    known, compressed = line.after(shop, lambda: _seen_now(shop, outcome.steps))
    spool.note("run.judging", texts=len(store.texts))
    report, beside = _evaluate(shop, backbone, outcome.steps, known)
    _save(shop, beside, compressed=bool(compressed))
    spool.note("run.finished", step=outcome.steps)
    spent = time.process_time() + crew.spent()
    return _result(job, identity, examples, outcome, report, staged | compressed, spent)


def _backbone(job: Job) -> backbones.Backbone:
    """The model the plan was accepted with. Raises ``Refused`` (backbone.*)."""
    named = job.plan.backbone
    found = backbones.resolve(named.name, job.backbone_path)
    if named.digest and named.digest != found.digest:
        raise Refused("backbone.changed", name=named.name)
    return found


def _save(shop: loop.Workshop, beside: Mapping[str, Any], *, compressed: bool) -> None:
    """The model folder. A compressed model is another than the method made, with nothing of its own beside
    the weights."""
    folder = shop.output / "model"
    if compressed:
        publish.write_model(shop.encoder, folder)
    else:
        shop.method.save(shop.encoder, folder)
    for name, content in beside.items():
        write_json(folder / name, content)


def _longest(plan: TrainingPlan, method: Method, backbone: backbones.Backbone) -> int:
    """The most tokens a text may have: what the plan says, what the model has positions for, less what the
    method takes of them. Raises ``TrainingStopped`` (method.no_room)."""
    taken = method.room(plan.method_options)
    if backbone.max_length - taken < SHORTEST:
        raise TrainingStopped("method.no_room", most=backbone.max_length, tokens=taken)
    return min(plan.recipe.max_length, backbone.max_length - taken)


def _examples(
    job: Job,
    opened: Mapping[str, OpenedPart],
    store: TextStore,
    digest: Callable[[Path, int | None], str],
) -> Examples:
    """Read all parts, make sure nobody changed them meanwhile, and build what the task asks for."""
    frames = {role: data.read_part(part, job.key) for role, part in opened.items()}
    for part in {(o.part.path, o.part.delta_version): o.part for o in opened.values()}.values():
        unchanged(part, digest)
    examples = load_task(job.plan.task).build(frames, job.plan, store)
    refuse_leaks(examples, task_card(job.plan.task).leaks_by, job.plan.evaluation.leak_limit)
    return examples


def _learn(encoder: Encoder, examples: Examples, store: TextStore) -> None:
    """Give the encoder what the task learns besides: a map of histories, a vector for each class."""
    if examples.histories is not None:
        encoder.learn_histories()
    if examples.classes:
        encoder.learn_classes(examples.classes, _centres(encoder, examples, store))


def _centres(encoder: Encoder, examples: Examples, store: TextStore) -> np.ndarray:
    """Where the classes start: the mean vector of some training texts of each, (classes, d)."""
    train = examples.train
    rows = [np.flatnonzero(train.labels == number)[:CENTRE_TEXTS] for number in range(len(examples.classes))]
    chosen = [train.left[found] if len(found) else examples.candidates[[at]] for at, found in enumerate(rows)]
    vectors = encoder.embed(store, np.concatenate(chosen))
    return np.stack([vectors[numbers].mean(axis=0) for numbers in chosen])


def _note_lower(encoder: Encoder, store: TextStore, spool: Spool) -> None:
    """Say whether what frozen layers give is kept, where the method asks for it."""
    if encoder.lower is not None:
        kept = encoder.lower.fits(encoder, store)
        size = encoder.lower.bytes_for(encoder, store) >> 20
        spool.note("run.lower_kept" if kept else "run.lower_too_large", mib=size)


def _class_weights(plan: TrainingPlan, examples: Examples, device: torch.device) -> torch.Tensor | None:
    """``balanced``: n / (classes · count), scikit-learn's; a class drawn into no training row counts once."""
    if plan.recipe.class_weights != "balanced" or not examples.classes:
        return None
    counts = np.bincount(examples.train.labels.astype(np.int64), minlength=len(examples.classes))
    weights = len(examples.train) / (len(examples.classes) * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32)).to(device)


def _blind(step: int, epoch: float) -> None:
    """The look of a process that does not lead."""


def _looker(
    plan: TrainingPlan, task: Task, encoder: Encoder, examples: Examples, store: TextStore, spool: Spool
) -> Callable[[int, float], float | None]:
    """A look at some validation pairs, spooled as ``valid/<metric>`` with ``_low`` and ``_high``; it gives
    the headline. Raises ``TrainingStopped`` (run.no_validation) where the plan stops early and cannot look.
    """
    whole = examples.parts.get("valid")
    judged = plan.evaluation
    if whole is None or not judged.live_points:
        if plan.recipe.patience:
            raise TrainingStopped("run.no_validation")
        return lambda step, epoch: None
    name, _, cutoff = task_card(plan.task).headline.partition("@")
    headline = f"valid/{name}@{judged.cutoff}" if cutoff else f"valid/{name}"
    part = whole.take_groups(judged.live_pairs, judged.seed)
    shown = examples.narrowed(part, LIVE_CANDIDATES, judged.seed)

    def look(step: int, epoch: float) -> float | None:
        seen = _seen(encoder, encoder.embed(store, shown.texts(part)), shown, [part])
        board = Board(part.groups, judged.live_draws, judged.seed, judged.level)
        scores = task.scores(shown, part, seen)
        task.judge(board, MAIN, part, scores, judged, {})
        points: dict[str, float] = {}
        for metric, found in board.values(MAIN).items():
            for suffix, value in (("", found.value), ("_low", found.low), ("_high", found.high)):
                if not np.isnan(value):
                    points[f"valid/{metric}{suffix}"] = round(value, 6)
        spool.points(points, step, epoch)
        return points.get(headline)

    return look


def _seen_now(shop: loop.Workshop, step: int) -> Seen:
    """What the model as it now is makes of the judged texts. Raises what ``stop`` names."""
    numbers = _judged(shop.examples)
    vectors = shop.encoder.embed(shop.store, numbers, lambda: _obey(shop, step))
    return _seen(shop.encoder, vectors, shop.examples, list(shop.examples.parts.values()))


def _judged(examples: Examples) -> np.ndarray:
    return np.unique(np.concatenate([examples.texts(part) for part in examples.parts.values()]))


def _obey(shop: loop.Workshop, step: int) -> None:
    if reason := shop.stop(step):
        raise reason


def _evaluate(
    shop: loop.Workshop, backbone: backbones.Backbone, step: int, known: Mapping[str, Seen]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scores of all models on the test part, thresholds from the validation part, intervals and
    differences; and the files a task wants beside the weights. ``known``: models there are no more."""
    plan, task, examples = shop.plan, shop.task, shop.examples
    parts, numbers = list(examples.parts.values()), _judged(examples)
    seen = {MAIN: _seen_now(shop, step), **known}
    base = Encoder(backbone, plan.recipe.pooling, plan.recipe.precision)
    base.move(shop.encoder.device)
    wanted = np.unique(np.concatenate([numbers, examples.left_texts(examples.train.left)]))
    zero_shot = base.embed(shop.store, wanted, lambda: _obey(shop, step))
    seen[ZERO_SHOT] = _seen(base, zero_shot, examples, parts)
    del base
    scores = {
        name: {role: task.scores(examples, part, model) for role, part in examples.parts.items()}
        for name, model in seen.items()
    }
    scores |= task.baselines(examples, shop.store, zero_shot, plan)
    _obey(shop, step)
    scores, beside = task.combine(examples, scores)
    test, valid, judged = examples.parts["test"], examples.parts.get("valid"), plan.evaluation
    board = Board(test.groups, judged.draws, judged.seed, judged.level)
    for model, by_role in scores.items():
        tuned_on = {} if valid is None else task.tune(valid, by_role["valid"], judged)
        task.judge(board, model, test, by_role["test"], judged, tuned_on)
    report = {"role": "test", "pairs": len(test), **board.report(MAIN)}
    _obey(shop, step)
    if found := _by_slice(shop, {name: by_role["test"] for name, by_role in scores.items()}):
        report["slices"] = found
    if moved := _trend(shop, scores[MAIN]["test"]):
        report["trend"] = moved
    return report, beside


def _by_slice(shop: loop.Workshop, scores: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """The first metric on parts of the test rows: the model that is judged beside what it was before."""
    plan, task = shop.plan, shop.task
    judged = plan.evaluation
    name, _, cutoff = task_card(plan.task).headline.partition("@")
    before = next((one for one in SLICED_AGAINST if one in scores), "")
    return by_slice(
        shop.examples,
        shop.store.lengths(),
        {one: scores[one] for one in (MAIN, before) if one},
        lambda board, model, part, found: task.judge(board, model, part, found, judged, {}),
        lambda groups: Board(groups, min(judged.draws, MOST_DRAWS), judged.seed, judged.level),
        f"{name}@{judged.cutoff}" if cutoff else name,
        judged.slices,
    )


def _trend(shop: loop.Workshop, scores: np.ndarray) -> dict[str, Any] | None:
    """How the share of the watched classes moves over the time of the test rows, where the plan says when
    they were written and there is such a class."""
    plan, examples = shop.plan, shop.examples
    test = examples.parts["test"]
    times = test.slices.get(plan.text.time)
    watched = watched_of(examples.classes, plan.evaluation.watched)
    if times is None or not watched:
        return None
    numbers = [at for at, name in enumerate(examples.classes) if name in watched]
    return trend(times, np.isin(scores.argmax(axis=1), numbers), np.isin(test.labels, numbers), watched)


def _seen(encoder: Encoder, texts: np.ndarray, examples: Examples, parts: list[Pairs]) -> Seen:
    """What a model makes of the texts of some parts; ``texts`` are its vectors."""
    past = examples.histories
    which = np.unique(np.concatenate([part.left for part in parts]))
    return Seen(
        texts,
        encoder.class_vectors(),
        None if past is None else encoder.history_vectors(texts, past, which),
    )


def _data_digests(job: Job) -> dict[str, str]:
    return {f"data.{role}": f"{part.digest} {part.where}" for role, part in sorted(job.data.items())}


def _result(
    job: Job,
    identity: Mapping[str, str],
    examples: Examples,
    outcome: loop.Outcome,
    report: dict[str, Any],
    staged: line.Facts,
    cpu_seconds: float,
) -> dict[str, Any]:
    """Everything a card or a reviewer needs to tell whether two runs computed the same."""
    folder = job.output / "model"
    adapter = folder / "adapter" / "adapter_model.safetensors"
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result: dict[str, Any] = {
        "schema": "gavel.training-result/1",
        "job": job.job,
        "plan": job.plan.as_json(),
        "identity": dict(identity),
        "headline": task_card(job.plan.task).headline,
        "examples": {
            "train": len(examples.train),
            **{role: len(part) for role, part in examples.parts.items()},
        },
        "candidates": len(examples.candidates),
        "shared_with_train": {role: shared(examples.train, part) for role, part in examples.parts.items()},
        "training": asdict(outcome),
        **({"stages": staged} if staged else {}),
        "evaluation": report,
        "reproduce": {
            "weights_sha256": backbones.file_sha256(folder / "model.safetensors"),
            "model_digest": publish.model_digest(folder),
            **({"adapter_sha256": backbones.file_sha256(adapter)} if adapter.is_file() else {}),
        },
        "cost": {
            "cpu_seconds": round(cpu_seconds, 2),
            "peak_memory_mib": usage.ru_maxrss // 1024,
            "threads": job.threads,
            "device": job.device,
            "processes": job.processes,
        },
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "numpy": np.__version__,
        },
    }
    write_json(job.output / "result.json", result)
    return result
