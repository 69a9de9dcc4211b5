"""Prompt tuning: learnt vectors that stand before the words of every text."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="prompt",
    module="modeling.training.methods.prompt.method",
    en="Prompt tuning",
    zh="提示微调",
    learning_rate=1e-2,
    options={
        "tokens": Option(10, 1, 512, "Virtual tokens", "虚拟词元数", whole=True),
    },
    merges=False,
)
