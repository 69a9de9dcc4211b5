"""What is a text about (category of a review, a question)?"""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="topic",
    module="modeling.training.tasks.topic.task",
    en="Topic",
    zh="主题分类",
    headline="macro_f1",
    loss="to_classes",
    needs_label=True,
    needs_right=False,
    leaks_by="left",
    row_by_row=True,
    trends=True,
)
