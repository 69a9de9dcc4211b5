"""Which of all known titles (intents, FAQ titles) answers this message?"""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="intent_matching",
    module="modeling.training.tasks.intent_matching.task",
    en="Message to intent",
    zh="消息意图匹配",
    headline="ndcg@10",
    loss="in_batch",
    needs_label=False,
    leaks_by="left",
)
