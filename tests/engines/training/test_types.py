"""BERT, ModernBERT, GPT-2 and XLNet from their check to a published model that passes the check itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from modeling.training import published
from modeling.training.inspecting import inspect
from modeling.training.texts import TextStore
from tests.engines.training import tiny
from tests.engines.training.architectures import VOCABULARY, make_model

TYPES = ("bert", "modernbert", "gpt2", "xlnet")


@pytest.mark.parametrize("method", ["full", "lora", "head"])
@pytest.mark.parametrize("kind", TYPES)
def test_a_type_goes_from_its_check_to_a_published_model(
    kind: str, method: str, pairs: Path, tmp_path: Path, carry_out: Callable[..., dict[str, Any]]
) -> None:
    folder = tmp_path / kind
    make_model(kind, folder)
    fillers = (f"filler{number}" for number in range(VOCABULARY - len(tiny.WORDS)))
    tiny.make_tokenizer(folder, (*tiny.WORDS, *fillers))
    found = inspect(kind, folder, tmp_path)

    plan = tiny.pair_plan(method=method, recipe={"precision": "fp32", "learning_rate": 3e-3, "epochs": 1})
    output = tmp_path / "out"
    result = carry_out(tiny.make_job(pairs, folder, output, plan))
    assert result["identity"]["backbone"] == found.digest
    assert result["training"]["steps"] == result["training"]["planned"]

    before, after = (load_file(place / "model.safetensors") for place in (folder, output / "model"))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert bool(changed) == (method != "head")
    again = inspect("made", output / "model", output)
    assert (again.architecture, again.parameters) == (found.architecture, found.parameters)
    store = TextStore(output / "model", 16)
    numbers = store.add(["red lamp", "where is my blue sofa"])
    vectors = published.load(output / "model", "fp32").embed(store, numbers)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
