"""Prefix tuning: learnt keys and values that every layer of the frozen encoder attends to."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="prefix",
    module="modeling.training.methods.prefix.method",
    en="Prefix tuning",
    zh="前缀微调",
    learning_rate=1e-2,
    options={
        "tokens": Option(10, 1, 512, "Virtual tokens", "虚拟词元数", whole=True),
    },
    merges=False,
    recomputes=False,  # its vectors come where a second pass would find them doubled
    unfit=("xlnet", "modernbert", "distilbert", "albert", "mpnet"),
)
