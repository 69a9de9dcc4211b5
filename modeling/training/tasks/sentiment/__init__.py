"""What mood does a text express (review, dialogue)?"""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="sentiment",
    module="modeling.training.tasks.sentiment.task",
    en="Sentiment",
    zh="情感分类",
    headline="macro_f1",
    loss="to_classes",
    needs_label=True,
    needs_right=False,
    leaks_by="left",
    row_by_row=True,
    trends=True,
)
