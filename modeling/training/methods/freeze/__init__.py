"""Partial freezing: only the upper layers move."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="freeze",
    module="modeling.training.methods.freeze.method",
    en="Upper layers only",
    zh="冻结下层，微调上层",
    learning_rate=5e-5,
    options={
        "layers": Option(3, 1, 1000, "Lower layers frozen", "冻结的下层数", whole=True),
        "cached": Option(0, 0, 1, "1: what they give is kept on disk", "1：其输出缓存于磁盘", whole=True),
    },
    unfit=("albert",),
)
