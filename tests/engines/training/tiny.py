"""A pretrained model of 2 layers made on the spot, a small data set it can learn, and signed jobs over
them."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from governance.record.permit import sign_grant
from modeling.training.stored import stored_digest

KEY = bytes(range(32))
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
NOUNS = ("lamp", "sofa", "chair", "table", "shelf", "mirror", "carpet", "clock")
COLOURS = ("red", "blue", "green", "black", "white", "yellow")
EXTRAS = ("new", "old", "large", "small", "cheap", "fine", "used", "rare")


WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", *NOUNS, *COLOURS, *EXTRAS, "where", "is", "my", "buy", "a")


def make_tokenizer(folder: Path, words: Sequence[str] = WORDS) -> None:
    """``tokenizer.json`` of a WordPiece vocabulary of our words."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))


def make_folder(folder: Path, words: Sequence[str] = WORDS, **config: Any) -> Path:
    """A folder that passes the check: headers of a small BERT, a tokenizer of its words; no model of use."""
    import numpy as np
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    rows = len(words)
    whole = {
        "model_type": "bert", "hidden_size": 32, "vocab_size": rows, "max_position_embeddings": 32,
        "num_hidden_layers": 2, "intermediate_size": 64, **config,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(whole))
    weights = {
        "embeddings.word_embeddings.weight": np.zeros((rows, 32), dtype=np.float32),
        "encoder.layer.0.output.dense.weight": np.zeros((32, 64), dtype=np.float32),
    }
    save_file(weights, folder / "model.safetensors")
    make_tokenizer(folder, words)
    return folder


def make_backbone(folder: Path) -> Path:
    """A BERT of 2 layers, hidden 32, with a vocabulary of our words. Random but fixed weights."""
    import torch
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True)
    make_tokenizer(folder)
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    BertModel(config).save_pretrained(folder)
    return folder


def make_pairs(folder: Path) -> None:
    """``train|valid|test.parquet``: do two descriptions name the same thing in the same colour?"""
    folder.mkdir(parents=True, exist_ok=True)
    for role, rows, seed in (("train", 240, 1), ("valid", 80, 2), ("test", 80, 3)):
        dice = random.Random(seed)
        lines = []
        for at in range(rows):
            noun, colour = dice.choice(NOUNS), dice.choice(COLOURS)
            same = dice.random() < 0.4
            lines.append(
                {
                    "left_title": f"{dice.choice(EXTRAS)} {noun}",
                    "left_colour": colour,
                    "right_title": f"{noun if same else dice.choice(NOUNS)} {dice.choice(EXTRAS)}",
                    "right_colour": colour if same else dice.choice(COLOURS),
                    "label": int(same),
                    "record": f"{role}{at // 2}",
                    "secret": "nobody granted this",
                }
            )
        pl.DataFrame(lines).write_parquet(folder / f"{role}.parquet")


def make_messages(folder: Path) -> None:
    """Messages and the thing they ask for; the intent is the noun with a word before it."""
    folder.mkdir(parents=True, exist_ok=True)
    for role, rows, seed in (("train", 160, 1), ("valid", 60, 2), ("test", 60, 3)):
        dice = random.Random(seed)
        lines = []
        for _ in range(rows):
            noun = dice.choice(NOUNS)
            lines.append({"text": f"where is my {dice.choice(COLOURS)} {noun}", "intent": f"buy_a_{noun}"})
        pl.DataFrame(lines).write_parquet(folder / f"{role}.parquet")


#: Options of methods whose defaults are made for larger models than these.
OPTIONS = {
    "freeze": {"layers": 1},
    "prefix": {"tokens": 4},
    "prompt": {"tokens": 4},
    "ptuning": {"tokens": 4},
}


def pair_plan(**changes: Any) -> dict[str, Any]:
    """A plan over :func:`make_pairs`; ``recipe`` and other parts may be changed. So few words make equal rows
    by chance, so it allows any number of them."""
    plan: dict[str, Any] = {
        "task": "pair_relevance",
        "method": "full",
        "purpose": "search-relevance",
        "backbone": {"name": "tiny"},
        "text": {
            "left": ["left_title", "left_colour"],
            "right": ["right_title", "right_colour"],
            "label": "label",
            "group": "record",
        },
        "recipe": {"batch_size": 8, "epochs": 2, "max_length": 16, "save_every": 10, "learning_rate": 0.001},
        "evaluation": {"draws": 100, "live_points": 2, "live_draws": 20, "leak_limit": 1.0},
    }
    for name, value in changes.items():
        plan[name] = {**plan[name], **value} if isinstance(plan.get(name), dict) else value
    return plan


def message_plan(**changes: Any) -> dict[str, Any]:
    """A plan over :func:`make_messages`."""
    return pair_plan(**changes) | {"task": "intent_matching", "text": {"left": ["text"], "right": ["intent"]}}


def make_grant(digest: str, **changes: Any) -> dict[str, Any]:
    """A grant that fits, with parts changed."""
    grant: dict[str, Any] = {
        "uid": f"permit-{digest[-6:]}",
        "kind": "decision",
        "subject": {"kind": "dataset_version", "id": "v1", "digest": digest},
        "action": "train",
        "purpose": "search-relevance",
        "holder": "user:chen",
        "terms": {
            "job_kinds": ["fine_tune"],
            "columns": [
                "left_title",
                "left_colour",
                "right_title",
                "right_colour",
                "label",
                "record",
                "text",
                "intent",
            ],
        },
        "conditions": [],
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_until": "2999-01-01T00:00:00Z",
        "decision": "d1",
        "key_id": "k1",
    }
    return copy.deepcopy({**grant, **changes})


def make_job(
    data: Path,
    backbone: Path,
    output: Path,
    plan: dict[str, Any],
    grant: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A job as the supervising task writes it; every file has a grant of its own, changed by ``grant``."""
    paths = {role: data / f"{role}.parquet" for role in ("train", "valid", "test")}
    digests = {role: stored_digest(path, None) for role, path in paths.items()}
    grants = [make_grant(digest, **(grant or {})) for digest in digests.values()]
    return {
        "job": "j1",
        "job_kind": "fine_tune",
        "plan": plan,
        "grants": [{"grant": one, "signature": sign_grant(one, KEY)} for one in grants],
        "key": KEY.hex(),
        "data": {role: {"path": str(path), "digest": digests[role]} for role, path in paths.items()},
        "backbone_path": str(backbone),
        "output": str(output),
        "spool": str(output / "metrics.jsonl"),
        "threads": 1,
        **changes,
    }


def start(job: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The child process with the job on its standard input."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    child = subprocess.Popen(
        [sys.executable, "-m", "modeling.training.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdin is not None
    child.stdin.write(json.dumps(job).encode())
    child.stdin.close()
    child.stdin = None
    return child


def points(output: Path, prefix: str = "") -> dict[tuple[str, int], float]:
    """What a reader that upserts by (metric, step) ends up with."""
    found = {}
    for line in (output / "metrics.jsonl").read_text().splitlines():
        try:
            point = json.loads(line)
        except ValueError:  # a line a kill cut short
            continue
        # What the machine was doing is no part of what a run repeats.
        if point["metric"].startswith(prefix or ("train/", "valid/", "adapt/", "distill/", "prune/")):
            found[point["metric"], point["step"]] = point["value"]
    return found


def in_minutes(minutes: int) -> str:
    """An instant around NOW, as grants spell it."""
    return (NOW + timedelta(minutes=minutes)).isoformat()
