"""AdaLoRA: a budget of ranks, moved between the maps while training (Zhang et al. 2023, arXiv 2303.10512)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from peft import AdaLoraConfig
from torch import Tensor

from modeling.training.encoder import Encoder
from modeling.training.failures import TrainingStopped
from modeling.training.methods.base import Method
from modeling.training.methods.wrapping import linear_maps, publish_merged, wrap

LEAST_STEPS: Final = 10
_AVERAGES: Final = ("ipt", "exp_avg_ipt", "exp_avg_unc")


class AdaLora(Method):
    """``rank`` on average is kept of ``rank + spare_rank``.

    A tenth of the steps warms up, the last fifth trains at the final ranks. What the allocator has learnt of
    each weight's importance is part of a checkpoint: a resumed run would else prune other ranks.
    """

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        if steps < LEAST_STEPS:
            raise TrainingStopped("method.too_few_steps", method="adalora", least=LEAST_STEPS, steps=steps)
        torch.manual_seed(seed)  # A and B start at random
        maps, transposed = linear_maps(encoder, "adalora")
        config = AdaLoraConfig(
            init_r=int(options["rank"] + options["spare_rank"]),
            target_r=int(options["rank"]),
            tinit=steps // 10,
            tfinal=steps // 5,
            deltaT=max(1, steps // 50),
            total_step=steps,
            orth_reg_weight=options["orthogonal"],
            lora_alpha=int(options["alpha"]),
            lora_dropout=options["dropout"],
            target_modules=maps,
            fan_in_fan_out=transposed,
            bias="none",
        )
        wrap(encoder, config)

    def penalty(self, encoder: Encoder) -> Tensor | None:
        """Mean Frobenius distance of AᵀA and BBᵀ from the identity, times its weight: without it the
        importance of one rank could not be told from that of another (§3.1 of the paper)."""
        weight: float = _model(encoder).peft_config["default"].orth_reg_weight
        if not weight:
            return None
        parts = []
        for name, value in encoder.trunk.named_parameters():
            if "lora_A" in name or "lora_B" in name:
                product = value @ value.T if "lora_A" in name else value.T @ value
                parts.append(
                    torch.linalg.matrix_norm(product - torch.eye(len(product), device=product.device))
                )
        return torch.stack(parts).mean() * weight

    def after_step(self, encoder: Encoder, step: int) -> None:
        _model(encoder).update_and_allocate(step)

    def memory(self, encoder: Encoder) -> dict[str, Tensor]:
        model = _model(encoder)
        kept = {
            f"{average}|{name}": value
            for average in _AVERAGES
            for name, value in getattr(model.rankallocator, average).items()
        }
        ranks = model.peft_config["default"].rank_pattern or {}
        return kept | {f"ranks|{name}": torch.tensor(row, dtype=torch.uint8) for name, row in ranks.items()}

    def remember(self, encoder: Encoder, memory: Mapping[str, Tensor]) -> None:
        model, ranks = _model(encoder), {}
        model.rankallocator.reset_ipt()
        for key, value in memory.items():
            kind, name = key.split("|", 1)
            if kind == "ranks":
                ranks[name] = value.bool().tolist()
            else:
                getattr(model.rankallocator, kind)[name] = value.to(encoder.device)
        model.peft_config["default"].rank_pattern = ranks or None

    def save(self, encoder: Encoder, folder: Path) -> None:
        publish_merged(encoder, folder)


def _model(encoder: Encoder) -> Any:
    """peft's AdaLoraModel, under the wrapper."""
    return encoder.trunk.base_model


METHOD = AdaLora()
