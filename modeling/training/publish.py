"""The final model folder: transformers files, and the small files by which sentence-transformers loads it
too."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import save_file
from transformers import PreTrainedModel

from modeling.training.backbones import folder_digest
from modeling.training.encoder import Encoder
from modeling.training.spool import write_json

SCHEMA: Final = "gavel.model/1"
_BESIDE: Final = """The weights in this folder are those of the backbone. What was learnt lies in `adapter/`.
Load both with `modeling.training.published.load`; without it this is the model before training.

本文件夹中的权重是预训练模型的原始权重，学到的部分在 `adapter/` 中。
请用 `modeling.training.published.load` 一并加载；否则得到的是训练之前的模型。
"""
_TOKENIZER_FILES: Final = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


def write_model(encoder: Encoder, folder: Path, beside: str = "") -> None:
    """Weights as safetensors, tokenizer files of the backbone, configuration, pooling and head modules.

    A task with classes adds ``classes.safetensors`` (``classes``: unit rows (c, d)) and their names: a text
    belongs to the class whose row has the greatest dot product with its vector.

    A task over histories adds ``histories.safetensors`` (``weight``: (d, d)): a user's vector is the mean of
    the vectors of what they did, times its transpose, at unit length.

    ``beside`` names the method whose learnt part lies beside weights that are the backbone's own. Such a
    folder gets no list of modules: sentence-transformers would load it without what was learnt.
    """
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    trunk = encoder.trunk
    if not isinstance(trunk, PreTrainedModel):
        raise TypeError("the trunk is not a transformers model")
    trunk.save_pretrained(fresh, safe_serialization=True)
    for name in _TOKENIZER_FILES:
        if (encoder.source.folder / name).is_file():
            shutil.copyfile(encoder.source.folder / name, fresh / name)
    if encoder.prototypes is not None:
        rows = {"classes": torch.nn.functional.normalize(encoder.prototypes.detach(), dim=1)}
        save_file(rows, fresh / "classes.safetensors")
        write_json(fresh / "classes.json", {"names": encoder.class_names})
    if encoder.tower is not None:
        save_file({"weight": encoder.tower.weight.detach()}, fresh / "histories.safetensors")
    facts = {"schema": SCHEMA, "method": beside, "pooling": encoder.pooling}
    write_json(fresh / "gavel.json", facts)
    if beside:
        (fresh / "README.md").write_text(_BESIDE, encoding="utf-8")
    else:
        _write_modules(encoder, fresh)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.replace(folder)


def model_digest(folder: Path) -> str:
    """``sha256:`` over weights, tokenizer and configuration; equal for equal runs, whatever the day."""
    return folder_digest(folder)


def _write_modules(encoder: Encoder, folder: Path) -> None:
    size = encoder.source.hidden_size
    kinds = ["Transformer", "Pooling", *(["Dense"] if encoder.head is not None else []), "Normalize"]
    modules = [
        {
            "idx": at,
            "name": str(at),
            "path": "" if at == 0 else f"{at}_{kind}",
            "type": f"sentence_transformers.models.{kind}",
        }
        for at, kind in enumerate(kinds)
    ]
    write_json(folder / "modules.json", modules)
    pooling = {
        "word_embedding_dimension": size,
        "pooling_mode_cls_token": encoder.pooling == "cls",
        "pooling_mode_mean_tokens": encoder.pooling == "mean",
        "pooling_mode_lasttoken": encoder.pooling == "last",
    }
    write_json(folder / "1_Pooling" / "config.json", pooling)
    (folder / f"{len(kinds) - 1}_Normalize").mkdir()
    if encoder.head is not None:
        dense = {
            "in_features": size,
            "out_features": size,
            "bias": False,
            "activation_function": "torch.nn.modules.linear.Identity",
        }
        write_json(folder / "2_Dense" / "config.json", dense)
        save_file({"linear.weight": encoder.head.weight.detach()}, folder / "2_Dense" / "model.safetensors")
