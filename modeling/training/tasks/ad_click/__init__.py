"""Will this exposure be clicked, this session buy? Columns become words: ``column value``."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="ad_click",
    module="modeling.training.tasks.ad_click.task",
    en="Ad click",
    zh="广告点击",
    headline="auc",
    loss="to_classes",
    needs_label=True,
    needs_right=False,
    leaks_by="",
    row_by_row=True,
)
