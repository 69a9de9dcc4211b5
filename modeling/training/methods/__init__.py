"""How the pretrained weights may change. A method is one folder with a ``CARD`` and a ``method.py``, and one
line."""

from __future__ import annotations

import importlib
from typing import Final, cast

from modeling.training.failures import Refused
from modeling.training.methods.adalora import CARD as ADALORA
from modeling.training.methods.adapter import CARD as ADAPTER
from modeling.training.methods.base import Method, MethodCard
from modeling.training.methods.freeze import CARD as FREEZE
from modeling.training.methods.full import CARD as FULL
from modeling.training.methods.head import CARD as HEAD
from modeling.training.methods.ia3 import CARD as IA3
from modeling.training.methods.lora import CARD as LORA
from modeling.training.methods.prefix import CARD as PREFIX
from modeling.training.methods.prompt import CARD as PROMPT
from modeling.training.methods.ptuning import CARD as PTUNING

METHODS: Final[dict[str, MethodCard]] = {
    card.name: card for card in (FULL, FREEZE, LORA, ADALORA, IA3, ADAPTER, PREFIX, PROMPT, PTUNING, HEAD)
}


def method_card(name: str) -> MethodCard:
    """The card of a method. Raises ``Refused`` (plan.unknown_method)."""
    if name not in METHODS:
        raise Refused("plan.unknown_method", name=name)
    return METHODS[name]


def check_fits(name: str, architecture: str) -> None:
    """Raise ``Refused`` (method.unfit) where the card rules the architecture out; the start asks the model
    itself (``fitness``)."""
    if architecture in method_card(name).unfit:
        raise Refused("method.unfit", method=name, architecture=architecture)


def load_method(name: str) -> Method:
    """The method itself. Imports its ``method`` module, and with it torch."""
    module = importlib.import_module(method_card(name).module)
    return cast(Method, module.METHOD)
