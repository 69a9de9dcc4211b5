"""Do these two records mean the same thing (product to product, query to product)? Graded or yes/no
labels."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="pair_relevance",
    module="modeling.training.tasks.pair_relevance.task",
    en="Pair relevance",
    zh="成对相关性",
    headline="auc",
    loss="cosent",
    needs_label=True,
    row_by_row=True,
)
