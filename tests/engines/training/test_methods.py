"""One table for every method on every type of backbone: what it moves, learns, keeps and publishes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from modeling.training import loop, published
from modeling.training.backbones import file_sha256, resolve
from modeling.training.encoder import Encoder
from modeling.training.failures import Cancelled, TrainingStopped
from modeling.training.fitness import check_fit
from modeling.training.methods import METHODS, load_method
from modeling.training.methods.adalora.method import AdaLora
from modeling.training.publish import model_digest
from modeling.training.tasks.base import Compared
from modeling.training.texts import TextStore
from tests.engines.training import tiny
from tests.engines.training.architectures import make_model

CarryOut = Callable[..., dict[str, Any]]
KINDS = ("bert", "gpt2", "xlnet")
#: A rate at which models of two layers learn within 90 steps.
RATES = {"full": 3e-3, "freeze": 3e-3, "lora": 2e-3, "adalora": 2e-2, "adapter": 5e-3, "ia3": 5e-2,
         "prompt": 1e-2, "prefix": 5e-2, "ptuning": 5e-2, "head": 1e-2}  # fmt: skip
UNFIT = {(method, kind) for method, card in METHODS.items() for kind in KINDS if kind in card.unfit}
FITTING = [(m, k) for m in sorted(METHODS) for k in KINDS if (m, k) not in UNFIT]
#: Parts of the names of weights that may differ between the backbone and what is published.
MOVED = {
    "full": ("layer", "h.", "LayerNorm", "position", "token_type", "wpe", "ln_f"),
    "freeze": (".1.", "ln_f"),
    "lora": ("query", "key", "value", "dense", "c_attn", "c_proj", "c_fc", "layer_1", "layer_2"),
    "adalora": ("query", "key", "value", "dense", "c_attn", "c_proj", "c_fc", "layer_1", "layer_2"),
    "ia3": ("key", "value", "output.dense", "c_attn", "mlp.c_proj"),
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


def plan_of(method: str, **recipe: Any) -> dict[str, Any]:
    rate = {"learning_rate": RATES.get(method, METHODS[method].learning_rate)}
    return tiny.pair_plan(
        method=method,
        options=tiny.OPTIONS.get(method, {}),
        recipe={"precision": "fp32", "save_every": 4} | rate | recipe,
    )


def loss_of(shop: loop.Workshop) -> float:
    """Over all training pairs at once: the losses of single steps differ by what is in their batches."""
    pairs = shop.examples.train
    left, right = (shop.encoder.embed(shop.store, side)[side] for side in (pairs.left, pairs.right))
    tensors = [torch.from_numpy(rows) for rows in (left, right, pairs.labels)]
    return float(shop.task.loss(Compared(*tensors, shop.plan.recipe.scale)))


class Watch:
    """Keeps what a run trained, its loss before and after, and the vectors it was judged by."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        train, embed = loop.train, Encoder.embed
        self.shop: loop.Workshop | None = None

        def watched(shop: loop.Workshop) -> loop.Outcome:
            self.before = loss_of(shop)
            outcome = train(shop)
            self.after, self.shop = loss_of(shop), shop
            return outcome

        def spied(encoder: Encoder, store: TextStore, numbers: np.ndarray, *rest: Any) -> np.ndarray:
            vectors = embed(encoder, store, numbers, *rest)
            if self.shop and encoder is self.shop.encoder:
                self.store, self.numbers, self.vectors = store, numbers, vectors
            return vectors

        monkeypatch.setattr(loop, "train", watched)
        monkeypatch.setattr(Encoder, "embed", spied)


@pytest.mark.parametrize(("method", "kind"), FITTING)
def test_a_method_learns_moves_only_what_it_says_and_publishes_what_it_judged(
    method: str, kind: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    output, backbone, watch = tmp_path / "out", models(kind), Watch(monkeypatch)
    result = carry_out(tiny.make_job(pairs, backbone, output, plan_of(method, epochs=3)))
    assert watch.after < watch.before, (watch.before, watch.after)
    assert 0 < result["training"]["trainable"] < result["training"]["parameters"]

    before, after = (load_file(path / "model.safetensors") for path in (backbone, output / "model"))
    assert set(before) == set(after)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert not [name for name in moved if not any(part in name for part in MOVED.get(method, ()))]
    assert not any("word_embed" in name or "wte" in name or "pooler" in name for name in moved)
    assert bool(moved) == (method in MOVED)

    again = published.load(output / "model", "fp32")
    assert np.allclose(again.embed(watch.store, watch.numbers), watch.vectors, atol=2e-5)
    bare = Encoder(resolve("bare", backbone), "mean", "fp32")
    assert not np.allclose(bare.embed(watch.store, watch.numbers), watch.vectors, atol=1e-3)
    assert not [path for path in output.rglob("*") if path.suffix in {".bin", ".pt", ".pth", ".pkl"}]


@pytest.mark.parametrize(("method", "kind"), FITTING)
def test_a_stopped_run_goes_on_to_the_same_bits(
    method: str, kind: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    def stops_at(last: int) -> Callable[[int], TrainingStopped | None]:
        return lambda step: Cancelled("run.cancelled", step=step) if step == last else None

    plan = plan_of(method, epochs=1)
    job = tiny.make_job(pairs, models(kind), tmp_path / "out", plan)
    for last in (7, 26):  # AdaLoRA prunes in between, and is at its final ranks after 24
        with pytest.raises(Cancelled) as caught:
            carry_out(job, stops_at(last))
        assert caught.value.facts["step"] == last
    shutil.rmtree(tmp_path / "out" / "checkpoints" / "step-0000026")  # as if it had been killed there
    resumed = carry_out(job)
    assert resumed["training"]["resumed_from"] == 24
    whole = carry_out(tiny.make_job(pairs, models(kind), tmp_path / "whole", plan))
    assert resumed["reproduce"] == whole["reproduce"]
    assert tiny.points(tmp_path / "out") == tiny.points(tmp_path / "whole")
    assert resumed["evaluation"] == whole["evaluation"]


@pytest.mark.parametrize(("method", "kind"), sorted(UNFIT))
def test_a_backbone_a_method_cannot_work_on_is_refused_before_the_first_step(
    method: str, kind: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    with pytest.raises(TrainingStopped, match=r"method\.unfit") as caught:
        carry_out(tiny.make_job(pairs, models(kind), tmp_path / "out", plan_of(method)))
    assert kind in caught.value.zh
    assert not (tmp_path / "out" / "checkpoints").exists()


@pytest.mark.parametrize(
    "kind", ["distilbert", "modernbert", "albert", "mpnet", "electra", "qwen3", "roberta"]
)
@pytest.mark.parametrize("method", sorted(METHODS))
def test_other_backbones_work_unless_the_card_says_otherwise(
    method: str, kind: str, models: Callable[[str], Path]
) -> None:
    card = METHODS[method]
    encoder = Encoder(resolve(kind, models(kind)), "mean", "fp32")
    options = card.defaults | tiny.OPTIONS.get(method, {})
    code = ""
    try:
        load_method(method).prepare(encoder, options, 0, 100)
        check_fit(encoder, method)
    except TrainingStopped as refusal:
        code = refusal.code
    assert code == ("method.unfit" if kind in card.unfit else "")


def test_a_model_that_ignores_what_a_method_gives_it_is_found_out(models: Callable[[str], Path]) -> None:
    encoder = Encoder(resolve("bert", models("bert")), "mean", "fp32")
    for value in encoder.parameters():
        value.requires_grad_(False)
    encoder.added["unused"] = torch.nn.Linear(2, 2)
    with pytest.raises(TrainingStopped, match=r"method\.unfit"):
        check_fit(encoder, "adapter")


def test_virtual_tokens_leave_room_for_the_text_or_are_refused(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    room = {"max_length": 4096}  # more than the model has positions for
    result = carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan_of("prompt", **room)))
    assert result["training"]["steps"]
    plan = plan_of("prompt") | {"options": {"tokens": 61}}
    with pytest.raises(TrainingStopped, match=r"method\.no_room"):
        carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "none", plan))


@pytest.mark.parametrize(
    ("method", "change", "code"),
    [("freeze", {"options": {"layers": 2}}, "method.too_many_layers"),
     ("adalora", {"recipe": {"batch_size": 64, "epochs": 1}}, "method.too_few_steps")],
)  # fmt: skip
def test_a_plan_a_method_cannot_follow_on_this_data_is_refused(
    method: str, change: dict[str, Any], code: str, models: Callable[[str], Path], pairs: Path,
    tmp_path: Path, carry_out: CarryOut,
) -> None:  # fmt: skip
    plan = plan_of(method)
    plan = {
        name: {**plan[name], **change.get(name, {})} if isinstance(plan[name], dict) else plan[name]
        for name in plan
    }
    with pytest.raises(TrainingStopped) as caught:
        carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan))
    assert caught.value.code == code


def test_adapters_are_small_and_name_no_place_of_this_machine(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    whole = (models("bert") / "model.safetensors").stat().st_size
    for method, card in METHODS.items():
        if method in {"full", "freeze", "head"}:
            continue
        output = tmp_path / method
        options = {"rank": 2} if "rank" in card.options else {"width": 4} if method == "adapter" else {}
        plan = plan_of(method, epochs=1)
        carry_out(tiny.make_job(pairs, models("bert"), output, plan | {"options": plan["options"] | options}))
        folder = (output if card.merges else output / "model") / "adapter"
        assert 0 < (folder / "adapter_model.safetensors").stat().st_size < whole / 3, method
        assert str(tmp_path) not in (folder / "adapter_config.json").read_text()
        assert str(models("bert")) not in (folder / "adapter_config.json").read_text()
        assert (output / "model" / "modules.json").is_file() == card.merges
        assert (output / "model" / "README.md").is_file() != card.merges


def test_the_published_parts_of_an_adapter_are_in_the_digest_of_the_model(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    result = carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan_of("adapter", epochs=1)))
    folder = tmp_path / "out" / "model"
    assert model_digest(folder) == result["reproduce"]["model_digest"]
    weights = folder / "adapter" / "adapter_model.safetensors"
    assert file_sha256(weights) == result["reproduce"]["adapter_sha256"]
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0")
    assert model_digest(folder) != result["reproduce"]["model_digest"]


def test_adalora_keeps_the_ranks_its_plan_names(
    models: Callable[[str], Path],
    pairs: Path,
    tmp_path: Path,
    carry_out: CarryOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch = Watch(monkeypatch)
    plan = plan_of("adalora", epochs=1) | {"options": {"rank": 3, "spare_rank": 5}}
    held: list[int] = []
    save = AdaLora.save

    def counted(self: AdaLora, encoder: Encoder, folder: Path) -> None:
        alive = [v.ne(0).sum() for n, v in encoder.trunk.named_parameters() if "lora_E" in n]
        held.extend((int(sum(alive)), len(alive)))
        save(self, encoder, folder)

    monkeypatch.setattr(AdaLora, "save", counted)
    carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan))
    assert watch.shop is not None
    ranks, maps = held
    assert ranks == 3 * maps


def test_an_unreadable_published_folder_is_refused(models: Callable[[str], Path]) -> None:
    with pytest.raises(TrainingStopped, match=r"backbone\.unreadable"):
        published.load(models("bert"))


@pytest.mark.parametrize("kind", ["bert", "gpt2"])
@pytest.mark.parametrize("method", ["lora", "adalora", "ia3"])
def test_peft_loads_the_adapter_to_the_merged_model(
    method: str, kind: str, models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    watch = Watch(monkeypatch)
    carry_out(tiny.make_job(pairs, models(kind), tmp_path / "out", plan_of(method)))
    other = Encoder(resolve("bare", models(kind)), "mean", "fp32")
    other.trunk = PeftModel.from_pretrained(other.trunk, tmp_path / "out" / "adapter")
    assert np.allclose(other.embed(watch.store, watch.numbers), watch.vectors, atol=2e-5)


def test_virtual_tokens_without_safetensors_are_not_opened(
    models: Callable[[str], Path], pairs: Path, tmp_path: Path, carry_out: CarryOut
) -> None:
    carry_out(tiny.make_job(pairs, models("bert"), tmp_path / "out", plan_of("prompt", epochs=1)))
    folder = tmp_path / "out" / "model"
    weights = folder / "adapter" / "adapter_model.safetensors"
    weights.rename(weights.with_name("adapter_model.bin"))
    with pytest.raises(TrainingStopped, match=r"backbone\.no_safetensors"):
        published.load(folder)
