"""Which of all replies the team has answers this message? Rows are a message and a reply that was right."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="reply_matching",
    module="modeling.training.tasks.reply_matching.task",
    en="Message to reply",
    zh="回复匹配",
    headline="mrr",
    loss="in_batch",
    needs_label=False,
    catalogue=True,
)
