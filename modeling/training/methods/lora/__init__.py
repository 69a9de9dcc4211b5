"""LoRA: low-rank updates on all linear maps of the encoder; the merged model is published too."""

from modeling.training.methods.base import MethodCard

CARD = MethodCard(
    name="lora",
    module="modeling.training.methods.lora.method",
    en="LoRA adapters",
    zh="LoRA 低秩适配",
    learning_rate=1e-3,
    options={"rank": 16, "alpha": 32, "dropout": 0.0},
)
