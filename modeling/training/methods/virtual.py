"""What prefix, prompt and p-tuning share: learnt tokens before each text, on padded batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig, PeftModel
from torch import nn

from modeling.training.encoder import Encoder
from modeling.training.failures import Refused
from modeling.training.methods.base import Method
from modeling.training.methods.wrapping import ADAPTER, unfit, wrap, write_adapter
from modeling.training.publish import write_model


class VirtualTokens(Method):
    """``tokens`` virtual tokens before each text. They are dropped before pooling where the model gives
    vectors for them (``before`` None), as a mean over them would measure the prompt and not the text.

    What was learnt cannot be merged: the published weights are the backbone's, the tokens lie in ``adapter/``
    beside them in peft's format.
    """

    def __init__(
        self,
        name: str,
        config: Callable[[Encoder, Mapping[str, float]], PeftConfig],
        before: int | None = None,
    ) -> None:
        self._name, self._config, self._before = name, config, before

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        torch.manual_seed(seed)
        encoder.take_padded()  # a packed row has no place for a prompt before each text
        try:
            wrap(encoder, self._config(encoder, options))
        except (TypeError, ValueError, KeyError, AttributeError, RuntimeError) as error:
            raise unfit(encoder, self._name) from error
        self._set(encoder, int(options["tokens"]))

    def room(self, options: Mapping[str, float]) -> int:
        return int(options["tokens"])

    def save(self, encoder: Encoder, folder: Path) -> None:
        tuned, virtual = encoder.trunk, encoder.virtual
        encoder.trunk = _base(tuned)
        write_model(encoder, folder, self._name)
        encoder.trunk, encoder.virtual = tuned, virtual
        write_adapter(encoder, folder / ADAPTER)

    def load(self, encoder: Encoder, folder: Path) -> None:
        if not (folder / ADAPTER / "adapter_model.safetensors").is_file():  # peft would else open a pickle
            raise Refused("backbone.no_safetensors", name=folder.name)
        encoder.take_padded()
        tuned = PeftModel.from_pretrained(encoder.trunk, folder / ADAPTER)
        encoder.trunk = tuned
        self._set(encoder, int(tuned.active_peft_config.num_virtual_tokens))

    def _set(self, encoder: Encoder, tokens: int) -> None:
        encoder.virtual = tokens if self._before is None else self._before


def shape(encoder: Encoder) -> dict[str, Any]:
    """What peft asks of a configuration, under the names transformers gives it for every architecture.

    A word's vector is in some models (ALBERT, ELECTRA) not as long as a hidden state.
    """
    trunk: Any = encoder.trunk
    return {
        "token_dim": trunk.get_input_embeddings().embedding_dim,
        "num_layers": trunk.config.num_hidden_layers,
        "num_attention_heads": trunk.config.num_attention_heads,
    }


def _base(tuned: nn.Module) -> nn.Module:
    if not isinstance(tuned, PeftModel):
        raise TypeError("the trunk has no virtual tokens")
    return tuned.base_model
