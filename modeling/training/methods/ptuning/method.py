"""P-tuning (Liu et al. 2021, arXiv 2103.10385); only the vectors are published, not the network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from peft import PeftConfig, PromptEncoderConfig, TaskType

from modeling.training.encoder import Encoder
from modeling.training.methods.virtual import VirtualTokens, shape


def _config(encoder: Encoder, options: Mapping[str, float]) -> PeftConfig:
    return PromptEncoderConfig(
        task_type=TaskType.FEATURE_EXTRACTION,
        num_virtual_tokens=int(options["tokens"]),
        **shape(encoder),
        encoder_hidden_size=int(options["hidden"]),
    )


METHOD: Final = VirtualTokens("ptuning", _config)
