"""How the pretrained weights may change. A method is one folder with a ``CARD`` and a ``method.py``, and one
line."""

from __future__ import annotations

import importlib
from typing import Final, cast

from modeling.training.failures import Refused
from modeling.training.methods.base import Method, MethodCard
from modeling.training.methods.full import CARD as FULL
from modeling.training.methods.head import CARD as HEAD
from modeling.training.methods.lora import CARD as LORA

METHODS: Final[dict[str, MethodCard]] = {card.name: card for card in (FULL, LORA, HEAD)}


def method_card(name: str) -> MethodCard:
    """The card of a method. Raises ``Refused`` (plan.unknown_method)."""
    if name not in METHODS:
        raise Refused("plan.unknown_method", name=name)
    return METHODS[name]


def load_method(name: str) -> Method:
    """The method itself. Imports its ``method`` module, and with it torch."""
    module = importlib.import_module(method_card(name).module)
    return cast(Method, module.METHOD)
