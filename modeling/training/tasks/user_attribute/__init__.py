"""What can be said of a user from what they did? Columns become words: ``column value``."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="user_attribute",
    module="modeling.training.tasks.user_attribute.task",
    en="User attribute",
    zh="用户画像属性",
    headline="macro_f1",
    loss="to_classes",
    needs_label=True,
    needs_right=False,
    leaks_by="",
    row_by_row=True,
)
