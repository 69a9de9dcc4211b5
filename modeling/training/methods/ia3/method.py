"""(IA)³ (Liu et al. 2022, arXiv 2205.05638), on the maps peft names for each architecture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from peft import IA3Config
from peft.utils.constants import TRANSFORMERS_MODELS_TO_IA3_FEEDFORWARD_MODULES_MAPPING as FEED_FORWARD
from peft.utils.constants import TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING as TARGETS
from transformers.pytorch_utils import Conv1D

from modeling.training.encoder import Encoder
from modeling.training.methods.base import Method
from modeling.training.methods.wrapping import publish_merged, unfit, wrap

_BUILT_LIKE: Final = {"electra": "bert", "xlm-roberta": "roberta", "camembert": "roberta"}


class Ia3(Method):
    """Factors start at 1, so training starts at the backbone itself. Publishes adapter and merged model."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        kind = encoder.source.architecture
        kind = _BUILT_LIKE.get(kind, kind)
        if kind not in TARGETS:
            raise unfit(encoder, "ia3")
        modules = dict(encoder.trunk.named_modules())
        scaled = _ending(modules, TARGETS[kind])
        config = IA3Config(
            target_modules=scaled,
            feedforward_modules=_ending(scaled, FEED_FORWARD[kind]),
            fan_in_fan_out=any(isinstance(modules[name], Conv1D) for name in scaled),
        )
        wrap(encoder, config)

    def save(self, encoder: Encoder, folder: Path) -> None:
        publish_merged(encoder, folder)


def _ending(names: Mapping[str, object] | list[str], ends: list[str]) -> list[str]:
    return [name for name in names if any(name.endswith("." + end) for end in ends) and "pooler" not in name]


METHOD = Ia3()
