"""In what order should the judged items of a query stand? Graded labels, judged lists."""

from modeling.training.tasks.base import TaskCard

CARD = TaskCard(
    name="search_relevance",
    module="modeling.training.tasks.search_relevance.task",
    en="Search relevance",
    zh="搜索相关性",
    headline="ndcg@10",
    loss="cosent",
    needs_label=True,
    row_by_row=True,
)
