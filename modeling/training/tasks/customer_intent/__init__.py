"""What does a customer want, or is it none of ours? Labels like ``out_of_scope`` name no class."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="customer_intent",
    module="modeling.training.tasks.customer_intent.task",
    en="Customer intent",
    zh="客服意图",
    headline="macro_f1",
    loss="to_classes",
    needs_label=True,
    needs_right=False,
    leaks_by="left",
    row_by_row=True,
)
