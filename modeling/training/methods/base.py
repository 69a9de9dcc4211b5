"""What a fine-tuning method is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # torch must not load where only the cards are read
    from pathlib import Path

    from torch import Tensor

    from modeling.training.encoder import Encoder


@dataclass(frozen=True)
class Option:
    """A number the plan may set, ``low`` to ``high``. Methods that share its name share its meaning."""

    default: float
    low: float
    high: float
    en: str
    zh: str
    whole: bool = False

    def allows(self, value: float) -> bool:
        return self.low <= value <= self.high and (not self.whole or value == int(value))


@dataclass(frozen=True)
class MethodCard:
    """What a page or form needs to know of a method, without torch.

    ``merges``: the published weights hold what was learnt, so others load them like any model; else they are
    the backbone's and what was learnt lies beside them. ``recomputes``: activations may be computed again
    instead of kept. ``adapts``: whether anything inside the encoder moves. ``unfit``: architectures known not
    to work; others are found out at the start (``fitness``).
    """

    name: str
    module: str
    en: str
    zh: str
    learning_rate: float
    options: Mapping[str, Option] = field(default_factory=dict)
    merges: bool = True
    recomputes: bool = True
    adapts: bool = True
    unfit: tuple[str, ...] = ()
    job_kind: str = "fine_tune"

    @property
    def defaults(self) -> dict[str, float]:
        return {name: option.default for name, option in self.options.items()}


class Method(Protocol):
    """``prepare`` marks or adds what is trainable; ``save`` writes the model for others to load.

    The rest does nothing unless a method has a use for it.
    """

    def prepare(self, encoder: Encoder, options: Mapping[str, float], seed: int, steps: int) -> None:
        """``steps`` is the number of steps of the whole plan. Raises ``TrainingStopped`` (method.*)."""

    def save(self, encoder: Encoder, folder: Path) -> None: ...

    def load(self, encoder: Encoder, folder: Path) -> None:
        """Give an encoder over the published ``folder`` what lies there beside the weights."""
        return

    def room(self, options: Mapping[str, float]) -> int:
        """How many positions of the model the method takes from the texts."""
        return 0

    def penalty(self, encoder: Encoder) -> Tensor | None:
        """A scalar that is added to the loss of each step."""
        return None

    def after_step(self, encoder: Encoder, step: int) -> None:
        """After the optimizer's step ``step`` (from 1), while its gradients are still there."""
        return

    def memory(self, encoder: Encoder) -> dict[str, Tensor]:
        """What the next step depends on, moving weights and AdamW moments aside; kept in checkpoints."""
        return {}

    def remember(self, encoder: Encoder, memory: Mapping[str, Tensor]) -> None:
        """Take back a :meth:`memory`."""
        return
