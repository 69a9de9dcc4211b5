"""What can be learnt. A task is one folder with a light ``CARD`` and a ``task.py``, and one line below.

The cards load no torch, so the web pages and forms may read them. ``load_task`` imports the heavy part.
"""

from __future__ import annotations

import importlib
from typing import Final, cast

from modeling.training.failures import Refused
from modeling.training.tasks.ad_click import CARD as AD_CLICK
from modeling.training.tasks.base import Task, TaskCard
from modeling.training.tasks.customer_intent import CARD as CUSTOMER_INTENT
from modeling.training.tasks.intent_matching import CARD as INTENT_MATCHING
from modeling.training.tasks.pair_relevance import CARD as PAIR_RELEVANCE
from modeling.training.tasks.recommendation import CARD as RECOMMENDATION
from modeling.training.tasks.reply_matching import CARD as REPLY_MATCHING
from modeling.training.tasks.retrieval import CARD as RETRIEVAL
from modeling.training.tasks.search_relevance import CARD as SEARCH_RELEVANCE
from modeling.training.tasks.sentiment import CARD as SENTIMENT
from modeling.training.tasks.topic import CARD as TOPIC
from modeling.training.tasks.user_attribute import CARD as USER_ATTRIBUTE

TASKS: Final[dict[str, TaskCard]] = {
    card.name: card
    for card in (
        PAIR_RELEVANCE,
        INTENT_MATCHING,
        SEARCH_RELEVANCE,
        RETRIEVAL,
        RECOMMENDATION,
        CUSTOMER_INTENT,
        REPLY_MATCHING,
        SENTIMENT,
        TOPIC,
        USER_ATTRIBUTE,
        AD_CLICK,
    )
}


def task_card(name: str) -> TaskCard:
    """The card of a task. Raises ``Refused`` (plan.unknown_task)."""
    if name not in TASKS:
        raise Refused("plan.unknown_task", name=name)
    return TASKS[name]


def load_task(name: str) -> Task:
    """The task itself. Imports its ``task`` module, and with it torch."""
    module = importlib.import_module(task_card(name).module)
    return cast(Task, module.TASK)
