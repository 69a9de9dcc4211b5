"""AdaLoRA: LoRA that starts with more rank than it keeps and spends it where the loss cares most."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="adalora",
    module="modeling.training.methods.adalora.method",
    en="AdaLoRA adapters",
    zh="AdaLoRA 自适应低秩适配",
    learning_rate=2e-3,
    options={
        "rank": Option(8, 1, 1024, "Rank", "秩", whole=True),
        "spare_rank": Option(4, 1, 1024, "Rank to prune away", "训练中剪去的秩", whole=True),
        "alpha": Option(32, 1, 10_000, "Alpha (scale of the update)", "Alpha（更新的缩放）", whole=True),
        "dropout": Option(0.0, 0, 0.9, "Adapter dropout", "适配器 dropout"),
        "orthogonal": Option(0.5, 0, 100, "Weight of the orthogonality penalty", "正交惩罚的权重"),
    },
)
