"""LoRA: low-rank updates on all linear maps of the encoder; the merged model is published too."""

from modeling.training.methods.base import MethodCard, Option

CARD = MethodCard(
    name="lora",
    module="modeling.training.methods.lora.method",
    en="LoRA adapters",
    zh="LoRA 低秩适配",
    learning_rate=1e-3,
    options={
        "rank": Option(16, 1, 1024, "Rank", "秩", whole=True),
        "alpha": Option(32, 1, 10_000, "Alpha (scale of the update)", "Alpha（更新的缩放）", whole=True),
        "dropout": Option(0.0, 0, 0.9, "Adapter dropout", "适配器 dropout"),
    },
)
