"""Which items of the whole catalogue answer a query? Rows are pairs; a label may say which belong."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="retrieval",
    module="modeling.training.tasks.retrieval.task",
    en="Retrieval",
    zh="召回检索",
    headline="recall@10",
    loss="in_batch",
    needs_label=False,
    catalogue=True,
)
