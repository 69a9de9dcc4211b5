"""What comes before and after training: pre-adaptation, pruning, distillation. One table over methods and
types of backbone: what it changes, that it repeats to the same bits, and that anybody can load what comes
out."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModel

from modeling.training import loop, published
from modeling.training.backbones import resolve
from modeling.training.config import parse_plan, plan_bytes, plan_digest
from modeling.training.encoder import Encoder
from modeling.training.failures import Refused, TrainingStopped
from modeling.training.methods import METHODS
from modeling.training.stages import STAGES, asked
from modeling.training.stages.adapt.stage import Adapt
from modeling.training.stages.course import training_texts
from modeling.training.stages.distill.stage import Distill, kept_layers
from modeling.training.stages.prune.stage import Prune, kept_width
from modeling.training.stages.rebuild import inner_of, narrower, shorter
from tests.engines.training import tiny
from tests.engines.training.architectures import PACKED, PADDED, make_model

CarryOut = Callable[..., dict[str, Any]]
ASK: dict[str, dict[str, Any]] = {
    "adapt": {"adapt_steps": 12},
    "prune": {"prune_neurons": 0.5},
    "distill": {"student_layers": 1, "distill_epochs": 2},
}
EVERY = {key: value for keys in ASK.values() for key, value in keys.items()}
FITTING = [
    (stage, method)
    for stage, card in STAGES.items()
    for method, of in sorted(METHODS.items())
    if not card.refused(of)
]
#: No dropout in their configurations; layers that share weights.
UNFIT = {
    ("adapt", "modernbert"),
    ("adapt", "qwen3"),
    ("adapt", "albert"),
    ("prune", "albert"),
    ("distill", "albert"),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root = tmp_path_factory.mktemp("backbones")

    @cache
    def make(kind: str) -> Path:
        make_model(kind, root / kind)
        tiny.make_tokenizer(root / kind)
        return root / kind

    return make


def plan_of(method: str = "full", **recipe: Any) -> dict[str, Any]:
    return tiny.pair_plan(
        method=method,
        options=tiny.OPTIONS.get(method, {}),
        recipe={"precision": "fp32", "save_every": 4, "epochs": 1, "max_pairs": 120} | recipe,
    )


def killing(after: int) -> Callable[[int], TrainingStopped | None]:
    """A stop that kills at the question ``after`` (from 0), whatever step of whatever phase it is."""
    count = iter(range(1_000_000))

    def stop(step: int) -> TrainingStopped | None:
        if next(count) == after:
            raise KeyboardInterrupt
        return None

    return stop


def counted(questions: list[int]) -> Callable[[int], TrainingStopped | None]:
    return lambda step: questions.append(step)


@pytest.mark.parametrize(("stage", "method"), FITTING)
def test_a_stage_works_with_every_method_it_allows_and_repeats_to_the_same_bits(
    stage: str, method: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    job = tiny.make_job(pairs, models("bert"), tmp_path / "out", plan_of(method, **ASK[stage]))
    result = carry_out(job)
    again = carry_out({**job, "output": str(tmp_path / "again"), "spool": str(tmp_path / "again" / "m")})
    assert result["reproduce"] == again["reproduce"]
    assert list(result["stages"]) == [stage]
    plain = carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "plain", plan_of(method)))
    assert plain["reproduce"]["model_digest"] != result["reproduce"]["model_digest"]
    assert "stages" not in plain
    published.load(tmp_path / "out" / "model")
    baseline = STAGES[stage].baseline
    rows = {(row["metric"], row["model"]): row["value"] for row in result["evaluation"]["metrics"]}
    if baseline:  # the model as it was is the one of a plain run, to the last digit
        ours = {(row["metric"], row["model"]): row["value"] for row in plain["evaluation"]["metrics"]}
        assert rows["auc", baseline] == ours["auc", "fine_tuned"]
        (gap,) = [
            row
            for row in result["evaluation"]["differences"]
            if (row["metric"], row["against"]) == ("auc", baseline)
        ]
        assert gap["value"] == pytest.approx(rows["auc", "fine_tuned"] - rows["auc", baseline], abs=2e-6)
        facts = result["stages"][stage]
        assert facts["parameters"] < facts["parameters_before"]
        model = AutoModel.from_pretrained(tmp_path / "out" / "model")
        assert sum(v.numel() for v in model.parameters()) <= facts["parameters"]
    else:
        assert {model for _, model in rows} == {r["model"] for r in plain["evaluation"]["metrics"]}


@pytest.mark.parametrize("kind", ["bert", "gpt2", "xlnet"])
def test_all_stages_at_once_publish_the_model_they_judged(
    kind: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    kept: dict[str, Any] = {}
    embed = Encoder.embed

    def spied(encoder: Encoder, store: Any, numbers: np.ndarray, *rest: Any) -> np.ndarray:
        vectors = embed(encoder, store, numbers, *rest)
        if encoder is kept["shop"].encoder:
            kept.update(store=store, numbers=numbers, vectors=vectors)
        return vectors

    train = loop.train
    monkeypatch.setattr(loop, "train", lambda shop: (kept.update(shop=shop), train(shop))[1])
    monkeypatch.setattr(Encoder, "embed", spied)
    output = tmp_path / "out"
    result = carry_out(tiny.make_job(pairs, models(kind), output, plan_of(**EVERY)))
    assert list(result["stages"]) == ["adapt", "distill", "prune"]
    loaded = published.load(output / "model", "fp32")
    kept["shop"] = type("Nobody", (), {"encoder": None})
    vectors = loaded.embed(kept["store"], kept["numbers"])
    assert np.allclose(vectors, kept["vectors"], atol=2e-5)
    config = AutoConfig.from_pretrained(output / "model")
    assert config.num_hidden_layers == 1
    assert result["stages"]["distill"]["layers"] == [0]
    assert result["stages"]["prune"]["neurons"] * 2 == result["stages"]["prune"]["neurons_before"]
    scored = {row["model"] for row in result["evaluation"]["metrics"]}
    assert {"fine_tuned", "teacher", "unpruned", "zero_shot"} <= scored
    adapted, distilled = tiny.points(output, "adapt/loss"), tiny.points(output, "distill/loss")
    assert sorted(step for _, step in adapted) == list(range(1, 13))
    steps = sorted(step for _, step in distilled)
    assert steps == list(range(1, result["stages"]["distill"]["steps"] + 1))
    codes = [json.loads(row)["code"] for row in (output / "log.jsonl").read_text().splitlines()]
    wanted = ["adapt.started", "adapt.finished", "run.started", "distill.started", "distill.finished"]
    assert [code for code in codes if code in {*wanted, "prune.finished"}] == [*wanted, "prune.finished"]


def test_a_student_comes_nearer_to_its_teacher(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = plan_of(student_layers=1, distill_epochs=10)
    steps = carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan))["stages"]["distill"][
        "steps"
    ]
    losses = tiny.points(tmp_path / "out", "distill/loss")
    found = [losses["distill/loss", step] for step in range(1, steps + 1)]
    assert np.mean(found[-steps // 10 :]) < 0.9 * np.mean(found[: steps // 10])


@pytest.mark.parametrize("method", ["full", "adalora"])
def test_a_kill_in_any_stage_changes_no_bit(
    method: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan, questions = plan_of(method, **EVERY, epochs=2), list[int]()
    whole = carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "whole", plan), counted(questions))
    training = whole["training"]["steps"]
    begun = 12 + training  # then come the looks of the teacher, the course, the looks, the pruning
    distilled = questions.index(0, begun)
    for name, after in {
        "adapting": 7,
        "trained": 12 + training // 2,
        "distilling": distilled + 9,
        "distilled": distilled + whole["stages"]["distill"]["steps"],
        "judging": len(questions) - 1,
    }.items():
        job = tiny.make_job(pairs, models("bert"), tmp_path / name, plan)
        with pytest.raises(KeyboardInterrupt):
            carry_out(job, killing(after))
        resumed = carry_out(job)
        assert resumed["reproduce"] == whole["reproduce"], name
        assert resumed["evaluation"] == whole["evaluation"], name
        for phase in ("adapt/", "train/", "distill/"):
            assert tiny.points(tmp_path / name, phase) == tiny.points(tmp_path / "whole", phase), name
        if name == "distilling":
            assert resumed["stages"]["adapt"]["resumed_from"] == 12
            assert resumed["stages"]["distill"]["resumed_from"] == 8


def test_early_stopping_counts_only_the_training(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    plan = plan_of(**ASK["adapt"], patience=1, epochs=2, learning_rate=0.0) | {
        "evaluation": {**plan_of()["evaluation"], "live_points": 4}
    }
    result = carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan))
    assert result["stages"]["adapt"]["steps"] == 12
    assert min(step for _, step in tiny.points(tmp_path / "out", "valid/auc")) == 0
    assert result["training"]["best_step"] <= result["training"]["steps"] <= result["training"]["planned"]


def test_adaptation_reads_no_text_of_a_judged_row(
    models: Callable[[str], Path],
    pairs: Path,
    tmp_path: Path,
    carry_out: CarryOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: set[str] = set()
    run = Adapt.run

    def watched(self: Adapt, shop: loop.Workshop) -> dict[str, Any]:
        texts = shop.store.texts
        train, judged = shop.examples.train, shop.examples.parts.values()
        ours = {texts[at] for at in training_texts(shop.examples)}
        assert ours == {texts[at] for side in (train.left, train.right) for at in side}
        others = {texts[at] for part in judged for side in (part.left, part.right) for at in side}
        vectors = Encoder.vectors

        def noted(encoder: Encoder, store: Any, numbers: np.ndarray) -> torch.Tensor:
            read.update(texts[at % len(texts)] for at in numbers)
            return vectors(encoder, store, numbers)

        with monkeypatch.context() as patch:
            patch.setattr(Encoder, "vectors", noted)
            facts = run(self, shop)
        assert read == ours
        assert others - ours
        return facts

    monkeypatch.setattr(Adapt, "run", watched)
    plan = plan_of(adapt_steps=60)
    carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan))
    assert read


def test_adaptation_tells_texts_apart(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan_of(adapt_steps=60)))
    losses = tiny.points(tmp_path / "out", "adapt/loss")
    early = np.mean([losses["adapt/loss", at] for at in range(1, 11)])
    assert np.mean([losses["adapt/loss", at] for at in range(51, 61)]) < early


@pytest.mark.parametrize("kind", [*PACKED, *PADDED])
@pytest.mark.parametrize("stage", list(STAGES))
def test_a_backbone_takes_a_stage_or_is_refused_before_the_first_step(
    stage: str, kind: str, models: Callable[[str], Path], tmp_path: Path
) -> None:
    encoder = Encoder(resolve(kind, models(kind)), "mean", "fp32")
    recipe = parse_plan(plan_of(**ASK[stage])).recipe
    works = {"adapt": Adapt(), "prune": Prune(), "distill": Distill()}[stage]
    if (stage, kind) in UNFIT:
        with pytest.raises(TrainingStopped, match=r"stage\.(unfit|no_dropout)"):
            works.check(encoder, recipe)
        return
    works.check(encoder, recipe)
    if stage == "adapt":
        return
    rows = [np.arange(4, 4 + length, dtype=np.int64) for length in (5, 3, 9)]
    if stage == "distill":
        small = shorter(encoder, [0])
    else:
        inner = inner_of(encoder, "prune")
        small = narrower(encoder, inner, [np.arange(0, inner.width, 2)] * len(inner.out))
    small.save_pretrained(tmp_path / "small")
    loaded = AutoModel.from_pretrained(tmp_path / "small")
    for row in rows:
        ids = torch.from_numpy(row)[None]
        with torch.inference_mode():
            small.set_attn_implementation("sdpa")
            assert torch.equal(
                small.train(False)(ids).last_hidden_state, loaded.train(False)(ids).last_hidden_state
            )


def test_pruning_takes_the_neurons_that_give_nothing(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    from safetensors.torch import load_file, save_file

    folder, dead = tmp_path / "half", np.arange(1, 64, 2)
    make_model("bert", folder)
    tiny.make_tokenizer(folder)
    weights = load_file(folder / "model.safetensors")
    for name, value in weights.items():  # what half of the neurons give goes nowhere
        if name.endswith(".output.dense.weight") and "attention" not in name:
            value[:, dead] = 0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    plan = plan_of("ia3", prune_neurons=0.5)
    result = carry_out(tiny.make_job(pairs, folder, tmp_path / "out", plan))
    rows = {(row["metric"], row["model"]): row["value"] for row in result["evaluation"]["metrics"]}
    assert rows["auc", "fine_tuned"] == pytest.approx(rows["auc", "unpruned"], abs=1e-6)
    assert result["stages"]["prune"]["neurons"] == 32


def test_what_is_kept() -> None:
    assert kept_width(1536, 0.25) == 1152
    assert kept_width(1536, 0.001) == 1528
    assert kept_width(12, 0.5) == 8
    assert kept_layers(6, 3) == [0, 2, 5]
    assert kept_layers(12, 6)[0] == 0
    assert kept_layers(12, 6)[-1] == 11
    assert kept_layers(6, 1) == [0]


@pytest.mark.parametrize(
    ("method", "recipe", "code"),
    [
        ("head", {"adapt_steps": 1}, "stage.nothing_to_adapt"),
        ("adapter", {"prune_neurons": 0.1}, "stage.not_merged"),
        ("prompt", {"student_layers": 1}, "stage.not_merged"),
        ("full", {"adapt_steps": -1}, "plan.invalid"),
        ("full", {"prune_neurons": 0.6}, "plan.invalid"),
        ("full", {"student_layers": -1}, "plan.invalid"),
        ("full", {"distill_epochs": 2}, "plan.invalid"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(method: str, recipe: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_plan(plan_of(method, **recipe))
    assert caught.value.code == code
    assert caught.value.en != caught.value.zh


def test_a_student_must_be_smaller_than_its_teacher(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    with pytest.raises(TrainingStopped, match=r"stage\.too_many_layers"):
        carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan_of(student_layers=2)))
    assert not (tmp_path / "out" / "checkpoints").exists()


def test_plans_from_before_the_stages_keep_their_digest() -> None:
    plan = parse_plan(plan_of())
    assert not any(key.encode() in plan_bytes(plan) for key in EVERY)
    none: dict[str, Any] = {"adapt_steps": 0, "prune_neurons": 0, "student_layers": 0, "distill_epochs": 1}
    assert plan_digest(parse_plan(plan_of(**none))) == plan_digest(plan)
    assert asked(plan.recipe) == []
    full = parse_plan(plan_of(**EVERY))
    assert [card.name for card in asked(full.recipe)] == ["adapt", "distill", "prune"]
    assert parse_plan(plan_bytes(full)) == full
