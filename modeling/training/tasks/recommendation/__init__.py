"""What will a user newly take? Rows are events: who, when, which item."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="recommendation",
    module="modeling.training.tasks.recommendation.task",
    en="Recommendation",
    zh="推荐",
    headline="gauc_matched",
    loss="in_batch",
    needs_label=False,
    events=True,
    leaks_by="",
)
