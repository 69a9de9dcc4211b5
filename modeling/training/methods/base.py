"""What a fine-tuning method is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # torch must not load where only the cards are read
    from pathlib import Path

    from modeling.training.encoder import Encoder


@dataclass(frozen=True)
class MethodCard:
    """What a page or form needs to know of a method, without torch."""

    name: str
    module: str
    en: str
    zh: str
    learning_rate: float
    options: Mapping[str, float] = field(default_factory=dict)
    job_kind: str = "fine_tune"


class Method(Protocol):
    """``prepare`` marks or adds what is trainable; ``save`` writes the model for others to load."""

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int) -> None: ...

    def save(self, encoder: Encoder, folder: Path) -> None: ...
