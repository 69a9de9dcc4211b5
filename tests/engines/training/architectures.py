"""Small models of the architectures Gavel trains: made on the spot, random but fixed, without tokenizer."""

from __future__ import annotations

from pathlib import Path

from modeling.training.backbones import Backbone

PACKED = ("bert", "roberta", "modernbert", "gpt2", "qwen3", "distilbert", "electra", "albert")
PADDED = ("xlnet", "mpnet")
VOCABULARY = 100
_SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
}
_MARKS = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "cls_token_id": 1, "sep_token_id": 2}


def make_model(kind: str, folder: Path) -> Backbone:
    """``config.json`` and ``model.safetensors`` of a two-layer ``kind`` in ``folder``."""
    import torch
    from transformers import AutoConfig, AutoModel

    own = {
        # A window of 4 over texts of 30 tokens: a forgotten window changes the vectors.
        "modernbert": _SIZES | _MARKS | {"local_attention": 4, "global_attn_every_n_layers": 2},
        "gpt2": {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 2, "n_head": 2, "n_positions": 64,
                 "bos_token_id": 0, "eos_token_id": 0},
        "xlnet": {"vocab_size": VOCABULARY, "d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64},
        # Two query heads share one key head.
        "qwen3": _SIZES | {"num_key_value_heads": 1, "head_dim": 16},
        "distilbert": {"vocab_size": VOCABULARY, "dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
        "electra": _SIZES | {"embedding_size": 16},
        "albert": _SIZES | {"embedding_size": 16},
    }.get(kind, _SIZES)  # fmt: skip
    torch.manual_seed(1)
    config = AutoConfig.for_model(kind, **own)
    AutoModel.from_config(config).save_pretrained(folder)  # type: ignore[no-untyped-call]
    return Backbone(kind, folder, "sha256:0", kind, 32, 64, VOCABULARY)
