"""Prompt tuning (Lester et al. 2021, arXiv 2104.08691)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from peft import PeftConfig, PromptTuningConfig, TaskType

from modeling.training.encoder import Encoder
from modeling.training.methods.virtual import VirtualTokens, shape


def _config(encoder: Encoder, options: Mapping[str, float]) -> PeftConfig:
    return PromptTuningConfig(
        task_type=TaskType.FEATURE_EXTRACTION,
        num_virtual_tokens=int(options["tokens"]),
        **shape(encoder),
    )


METHOD: Final = VirtualTokens("prompt", _config)
