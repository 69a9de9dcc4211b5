"""Prefix tuning (Li and Liang 2021, arXiv 2101.00190), with its vectors learnt directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from peft import PeftConfig, PrefixTuningConfig, TaskType

from modeling.training.encoder import Encoder
from modeling.training.methods.virtual import VirtualTokens


def _config(encoder: Encoder, options: Mapping[str, float]) -> PeftConfig:
    return PrefixTuningConfig(
        task_type=TaskType.FEATURE_EXTRACTION,
        num_virtual_tokens=int(options["tokens"]),
    )


METHOD: Final = VirtualTokens("prefix", _config, before=0)
